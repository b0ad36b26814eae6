"""Detection as people write it in Python: OpenCV decodes and resizes, ONNX Runtime or OpenVINO infers, NumPy reads boxes.

loop.py decode   CLIP                        frames of the clip
loop.py ort      MODELDIR CLIP [options]     session.run for each frame
loop.py openvino MODELDIR CLIP [options]     AsyncInferQueue
loop.py pictures MODELDIR FILE               boxes of raw pictures (BGR, of the model's size)
Ends with one line of JSON: frames and objects (score >= .3, suppressed at IoU .65) over all streams.
"""
import argparse, json, multiprocessing, pathlib, queue, threading
import cv2
import numpy as np

SCORE, IOU = 0.3, 0.65


class Model:
    """What to feed, and how to read what comes out."""

    def __init__(self, directory):
        self.path = str(pathlib.Path(directory) / "model.onnx")
        about = json.loads((pathlib.Path(directory) / "model.json").read_text())
        self.family, self.order, self.names = about["family"], about["order"], about["outputs"]
        self.mean, self.std = about["mean"], about["std"]
        self.size = about["width"], about["height"]
        cells = [(x, y, s) for s in (8, 16, 32) for y in range(self.size[1] // s) for x in range(self.size[0] // s)]
        self.cells = np.array(cells, np.float32)
        self.per_stride = [(self.size[0] // s) * (self.size[1] // s) for s in (8, 16, 32)]
        # One pass over the small picture: a deviation for each channel, or one for all.
        self.params = cv2.dnn.Image2BlobParams(scalefactor=[1 / s for s in self.std], mean=self.mean, swapRB=self.order == "RGB")

    def picture(self, frame):
        return cv2.resize(frame, self.size, interpolation=cv2.INTER_LINEAR)

    def tensor(self, frame):
        return cv2.dnn.blobFromImageWithParams(self.picture(frame), self.params)

    def objects(self, outputs):
        """How many boxes there are."""
        boxes, scores = getattr(self, self.family, lambda _: (None, None))(outputs)
        if boxes is None:
            return 0
        labels = scores.argmax(1)
        best = scores[np.arange(len(labels)), labels]
        kept = best >= SCORE
        rectangles = boxes(kept)
        rectangles[:, 2:] -= rectangles[:, :2]
        return len(cv2.dnn.NMSBoxesBatched(rectangles.tolist(), best[kept].tolist(), labels[kept].tolist(), SCORE, IOU))

    def nanodet(self, outputs):
        by_cells = {}
        for output in outputs:
            by_cells.setdefault(output.shape[1], []).append(output[0])
        pairs = [sorted(by_cells[count], key=lambda o: -o.shape[1]) for count in self.per_stride]
        scores = np.concatenate([pair[0] for pair in pairs])
        bins = np.concatenate([pair[1] for pair in pairs])

        def boxes(kept):
            chosen, cells = bins[kept].reshape(-1, 4, bins.shape[1] // 4), self.cells[kept]
            chosen = np.exp(chosen - chosen.max(-1, keepdims=True))
            sides = (chosen / chosen.sum(-1, keepdims=True)) @ np.arange(chosen.shape[-1], dtype=np.float32) * cells[:, 2:]
            centre = (cells[:, :2] + 0.5) * cells[:, 2:]
            return np.concatenate([centre - sides[:, :2], centre + sides[:, 2:]], 1)

        return boxes, scores

    def yolox(self, outputs):
        rows = outputs[0][0]

        def boxes(kept):
            chosen, cells = rows[kept], self.cells[kept]
            centre, half = (chosen[:, :2] + cells[:, :2]) * cells[:, 2:], np.exp(chosen[:, 2:4]) * cells[:, 2:] / 2
            return np.concatenate([centre - half, centre + half], 1)

        return boxes, rows[:, 4:5] * rows[:, 5:]


def decoded(clip):
    capture = cv2.VideoCapture(clip, cv2.CAP_FFMPEG)
    while True:
        there, frame = capture.read()
        if not there:
            return
        yield frame


def frames(clip, ahead):
    """Decoded frames; with `ahead`, decoded by a thread of their own."""
    if not ahead:
        yield from decoded(clip)
        return
    waiting = queue.Queue(2)

    def fill():
        for frame in decoded(clip):
            waiting.put(frame)
        waiting.put(None)

    threading.Thread(target=fill, daemon=True).start()
    while (frame := waiting.get()) is not None:
        yield frame


def ort_session(model, threads, spin):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    if not spin:
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model.path, options, providers=["CPUExecutionProvider"])


def ort_stream(model, session, clip, ahead, count):
    name = session.get_inputs()[0].name
    for frame in frames(clip, ahead):
        count[1] += model.objects(session.run(None, {name: model.tensor(frame)}))
        count[0] += 1
    return count


def ort_process(directory, threads, spin, clip, ahead):
    model = Model(directory)
    return ort_stream(model, ort_session(model, threads, spin), clip, ahead, [0, 0])


def ort(args):
    if args.processes:
        with multiprocessing.get_context("fork").Pool(args.streams) as pool:
            work = [(args.model, args.threads, args.spin, args.clip, args.ahead)] * args.streams
            return np.sum(pool.starmap(ort_process, work, 1), 0).tolist()
    model = Model(args.model)
    session = ort_session(model, args.threads, args.spin)
    counts = [[0, 0] for _ in range(args.streams)]
    work = [threading.Thread(target=ort_stream, args=(model, session, args.clip, args.ahead, count)) for count in counts]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    return np.sum(counts, 0).tolist()


def openvino(args):
    import openvino as ov
    model, core = Model(args.model), ov.Core()
    graph = core.read_model(model.path)
    # Bytes go in as they are: conversion, layout, mean and scale are done inside, as OpenVINO's guides advise.
    steps = ov.preprocess.PrePostProcessor(graph)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")) \
        .set_color_format(ov.preprocess.ColorFormat.BGR)
    if model.order == "RGB":
        steps.input().preprocess().convert_color(ov.preprocess.ColorFormat.RGB)
    steps.input().model().set_layout(ov.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(ov.Type.f32).mean(model.mean).scale(model.std)
    compiled = core.compile_model(steps.build(), "CPU", {"PERFORMANCE_HINT": args.hint})
    waiting, count, lock = ov.AsyncInferQueue(compiled), [0, 0], threading.Lock()

    def done(request, _):
        found = model.objects([request.get_output_tensor(i).data for i in range(len(model.names))])
        with lock:
            count[0] += 1
            count[1] += found

    waiting.set_callback(done)

    def stream():
        for frame in frames(args.clip, args.ahead):
            picture = model.picture(frame)[None]
            with submit:
                waiting.start_async({0: picture})

    submit = threading.Lock()
    work = [threading.Thread(target=stream) for _ in range(args.streams)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    waiting.wait_all()
    return count


def pictures(args):
    model = Model(args.model)
    session = ort_session(model, 0, True)
    width, height = model.size
    count = [0, 0]
    for picture in np.fromfile(args.clip, np.uint8).reshape(-1, height, width, 3):
        count[1] += model.objects(session.run(None, {session.get_inputs()[0].name: model.tensor(picture)}))
        count[0] += 1
    return count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["decode", "ort", "openvino", "pictures"])
    parser.add_argument("model")
    parser.add_argument("clip")
    parser.add_argument("--streams", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="of a session; 0 is ONNX Runtime's default")
    parser.add_argument("--spin", type=int, default=1)
    parser.add_argument("--ahead", action="store_true", help="decode in a thread of its own")
    parser.add_argument("--processes", action="store_true", help="a process for each stream instead of a thread")
    parser.add_argument("--hint", default="THROUGHPUT")
    args = parser.parse_args()
    work = {"ort": ort, "openvino": openvino, "pictures": pictures,
            "decode": lambda args: [sum(1 for _ in frames(args.clip, False)), 0]}
    done, objects = work[args.what](args)
    print(json.dumps({"frames": done, "objects": objects}))


main()
