"""A model on ONNX Runtime or OpenVINO without anything else, one thread for a frame: `standalone.py ort|openvino FILE`.

Prints one line of JSON: milliseconds of a run, and frames a second of two at a time. The same as examples/devices.rs.
"""

import json
import sys
import threading
import time

import numpy as np

RUNS, TOGETHER = 60, 1.5


def ort_runners(path, count):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    picture = drawn(entry.shape, np.uint8 if "uint8" in entry.type else np.float32)
    return [lambda: session.run(None, {entry.name: picture})] * count


def openvino_runners(path, count):
    import openvino

    settings = {"INFERENCE_NUM_THREADS": count, "NUM_STREAMS": count}
    model = openvino.Core().compile_model(path, "CPU", settings)
    entry = model.inputs[0]
    picture = drawn([side.get_length() for side in entry.partial_shape], entry.element_type.to_dtype())
    requests = [model.create_infer_request() for _ in range(count)]
    for request in requests:
        request.set_input_tensor(openvino.Tensor(picture, shared_memory=True))
    return [request.infer for request in requests]


def drawn(shape, dtype):
    shape = [side if isinstance(side, int) and side > 0 else 1 for side in shape]
    picture = np.arange(np.prod(shape)).reshape(shape) * 7 // 3 % 251
    return np.ascontiguousarray(picture.astype(dtype))


def main():
    runners = {"ort": ort_runners, "openvino": openvino_runners}[sys.argv[1]]
    (run,) = runners(sys.argv[2], 1)
    for _ in range(5):
        run()
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        run()
        times.append((time.perf_counter() - begun) * 1e3)
    times.sort()

    counts, begun = [], time.perf_counter()

    def stream(run):
        count = 0
        while time.perf_counter() - begun < TOGETHER:
            run()
            count += 1
        counts.append(count)

    pair = runners(sys.argv[2], 2)
    for run in pair:
        run()
    begun = time.perf_counter()
    threads = [threading.Thread(target=stream, args=(run,)) for run in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    two = sum(counts) / (time.perf_counter() - begun)
    print(json.dumps({"min": times[0], "median": times[RUNS // 2], "two": two}))


if __name__ == "__main__":
    main()
