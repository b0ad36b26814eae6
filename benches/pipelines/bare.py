"""ONNX Runtime alone: the same model and threads as luchsdetect, one input that never changes, nothing around it.

bare.py MODEL.onnx THREADS SECONDS: one JSON object. Input and outputs are bound once, so Python does nothing per run but call.
"""
import json, sys, time
import numpy, onnxruntime

model, threads, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
options.inter_op_num_threads = 1
options.add_session_config_entry("session.intra_op.allow_spinning", "0")
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
given = session.get_inputs()[0]
shape = [side if isinstance(side, int) and side > 0 else 1 for side in given.shape]
kind = {"tensor(float)": numpy.float32, "tensor(uint8)": numpy.uint8}[given.type]
# Noise over the range of a picture, as a normalised or a plain one.
noise = numpy.random.default_rng(1).integers(0, 256, shape)
binding = session.io_binding()
binding.bind_cpu_input(given.name, numpy.ascontiguousarray(noise.astype(kind)))
for output in session.get_outputs():
    binding.bind_output(output.name)
for _ in range(5):
    session.run_with_iobinding(binding)
times, cpu, begun = [], time.process_time(), time.perf_counter()
while (now := time.perf_counter()) - begun < seconds:
    session.run_with_iobinding(binding)
    times.append(time.perf_counter() - now)
wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
times.sort()
rank = lambda part: times[max(0, -(-len(times) * part // 100) - 1)] * 1e3
print(json.dumps({
    "version": onnxruntime.__version__, "runs": len(times), "fps": len(times) / wall,
    "cpu_ms_per_frame": cpu / len(times) * 1e3, "p50": rank(50), "p99": rank(99),
}))
