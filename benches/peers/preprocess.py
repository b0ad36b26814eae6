"""Pre-processing beside OpenCV: 1080p I420 and NV12 to a 416x416 tensor, planes of B, G, R, one thread.

preprocess.py PROGRAM [--rounds N]      PROGRAM: the example `preprocess` of luchs-vision

OpenCV gets every way of doing it that is known to be fast, with all memory allocated before, and the fastest by its median
counts. Both sides take turns, a few calls each, on one core: with one frame that is there again and again, and with frames
that were written just before into one of eight buffers, as a decoder does, and so are only partly in the core's own cache.
Ends with status 1 if Luchs takes
more than half of OpenCV's time for a float tensor whose padding is kept, or is more than a grey level off.
"""
import argparse, os, pathlib, random, statistics, subprocess, sys, tempfile, time
import cv2
import numpy as np

WIDTH, HEIGHT, SIDE, PAD = 1920, 1080, 416, 114
CALLS, WARM, POOL = 5, 2, 8
PLACES = {"same": "One frame again and again", "written": "Frames written just before"}
BAR, LEVELS_OFF = 0.5, 1.0
# Fit, element, padding. Nothing is padded where the frame is stretched.
CASES = [("letterbox", "f32", "kept"), ("letterbox", "f32", "each"), ("stretch", "f32", "kept"), ("letterbox", "u8", "kept")]


class Ways:
    """OpenCV's ways to fill one tensor; in `all`, by the names of picture and tensor, a function of a frame each."""

    def __init__(self, layout, fit, element, padding):
        self.width, self.height = w, h = (SIDE, SIDE) if fit == "stretch" else (SIDE, SIDE * HEIGHT // WIDTH)
        self.padding = padding
        # As ONNX Runtime allocates: at the beginning of a cache line.
        self.tensor = aligned((3, SIDE, SIDE), np.uint8 if element == "u8" else np.float32)
        self.tensor[:] = PAD
        self.content = [plane[:h, :w] for plane in self.tensor]
        self.canvas = np.full((SIDE, SIDE, 3), PAD, np.uint8)
        self.big, self.small = np.empty((HEIGHT, WIDTH, 3), np.uint8), self.canvas[:h, :w]
        self.y, self.u, self.v = (np.empty((h, w), np.uint8) for _ in range(3))
        self.uv, self.yuv = np.empty((h, w, 2), np.uint8), np.empty((h, w, 3), np.uint8)
        # 4:2:0 once more: one buffer, and its planes.
        self.i420 = np.empty((h * 3 // 2, w), np.uint8)
        half, chroma = (h // 2, w // 2), self.i420[h:].reshape(-1)
        self.half_u, self.half_v = (chroma[at : at + half[0] * half[1]].reshape(half) for at in (0, half[0] * half[1]))
        self.half_uv = np.empty((*half, 2), np.uint8)
        self.bytes = [np.empty((h, w), np.uint8) for _ in range(3)]
        pictures = {
            "i420": {"convert, scale": self.convert, "scale planes to 4:4:4, convert": self.full_i420,
                     "scale planes, convert I420": self.half_i420, "scale planes, merge, convert NV12": self.merged_i420},
            "nv12": {"convert, scale": self.convert, "scale planes to 4:4:4, convert": self.full_nv12,
                     "scale planes, convert NV12": self.half_nv12},
        }[layout]
        self.code = {"i420": cv2.COLOR_YUV2BGR_I420, "nv12": cv2.COLOR_YUV2BGR_NV12}[layout]
        tensors = {"split, astype": self.cast, "split, add": self.add, "blobFromImage": self.blob}
        if element == "u8":
            tensors = {"split": self.split}
        self.all = {(a, b): self.way(picture, tensor) for a, picture in pictures.items() for b, tensor in tensors.items()}

    def way(self, picture, tensor):
        def run(frame):
            picture(frame)
            return tensor()
        return run

    def scale(self, plane, to):
        cv2.resize(plane, (to.shape[1], to.shape[0]), dst=to, interpolation=cv2.INTER_LINEAR)

    # Pictures: frame -> self.small

    def convert(self, frame):
        cv2.cvtColor(frame, self.code, dst=self.big)
        self.scale(self.big, self.small)

    # What OpenCV converts with chroma at full resolution is always of full range: about the same work, other colours.

    def full_i420(self, frame):
        for plane, to in zip(planes("i420", frame), (self.y, self.u, self.v)):
            self.scale(plane, to)
        cv2.merge([self.y, self.u, self.v], dst=self.yuv)
        cv2.cvtColor(self.yuv, cv2.COLOR_YUV2BGR, dst=self.small)

    def full_nv12(self, frame):
        y, uv = planes("nv12", frame)
        self.scale(y, self.y)
        self.scale(uv, self.uv)
        cv2.mixChannels([self.y[..., None], self.uv], [self.yuv], [0, 0, 1, 1, 2, 2])
        cv2.cvtColor(self.yuv, cv2.COLOR_YUV2BGR, dst=self.small)

    def half_i420(self, frame):
        for plane, to in zip(planes("i420", frame), (self.i420[: self.height], self.half_u, self.half_v)):
            self.scale(plane, to)
        cv2.cvtColor(self.i420, cv2.COLOR_YUV2BGR_I420, dst=self.small)

    def merged_i420(self, frame):
        for plane, to in zip(planes("i420", frame), (self.y, self.half_u, self.half_v)):
            self.scale(plane, to)
        cv2.merge([self.half_u, self.half_v], dst=self.half_uv)
        cv2.cvtColorTwoPlane(self.y, self.half_uv, cv2.COLOR_YUV2BGR_NV12, dst=self.small)

    def half_nv12(self, frame):
        y, uv = planes("nv12", frame)
        self.scale(y, self.y)
        self.scale(uv, self.half_uv)
        cv2.cvtColorTwoPlane(self.y, self.half_uv, cv2.COLOR_YUV2BGR_NV12, dst=self.small)

    # Tensors: self.small -> planes

    def pad(self):
        if self.padding == "each":
            self.tensor[:, self.height :] = PAD

    def split(self):
        cv2.split(self.small, self.content)
        self.pad()
        return self.tensor

    def cast(self):
        cv2.split(self.small, self.bytes)
        for plane, to in zip(self.bytes, self.content):
            to[:] = plane
        self.pad()
        return self.tensor

    def add(self):
        cv2.split(self.small, self.bytes)
        for plane, to in zip(self.bytes, self.content):
            cv2.add(plane, 0, dst=to, dtype=cv2.CV_32F)
        self.pad()
        return self.tensor

    def blob(self):
        if self.padding == "each":
            self.canvas[self.height :] = PAD
        return cv2.dnn.blobFromImage(self.canvas)[0]


class Luchs:
    """The example, which answers a line with a line."""

    def __init__(self, program, frame):
        command = [program, frame, str(WIDTH), str(HEIGHT), str(SIDE)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"preprocess: {self.process.args[0]} ended with status {self.process.wait()}")
        return answer.split()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def aligned(shape, kind):
    memory = np.empty(int(np.prod(shape)) * np.dtype(kind).itemsize + 64, np.uint8)
    begin = -memory.ctypes.data % 64
    return memory[begin : len(memory) - 64 + begin].view(kind).reshape(shape)


def planes(layout, frame):
    chroma = frame[HEIGHT:].reshape(-1)
    half = HEIGHT // 2, WIDTH // 2
    if layout == "nv12":
        return frame[:HEIGHT], chroma.reshape(*half, 2)
    return frame[:HEIGHT], chroma[: len(chroma) // 2].reshape(half), chroma[len(chroma) // 2 :].reshape(half)


def reference(layout, frame, width, height):
    """Bilinear with centres in the middle of pixels, clamped, then BT.601 of limited range: B, G, R in 64 bit."""
    def taps(count, samples):
        at = np.clip((np.arange(count) + 0.5) * samples / count - 0.5, 0, samples - 1)
        first = at.astype(int)
        return first, np.minimum(first + 1, samples - 1), at - first

    def scaled(plane):
        plane = plane.astype(float)
        top, bottom, down = taps(height, plane.shape[0])
        left, right, across = taps(width, plane.shape[1])
        rows = plane[top] * (1 - down)[:, None] + plane[bottom] * down[:, None]
        return rows[:, left] * (1 - across) + rows[:, right] * across

    y, u, v = split(layout, frame)
    y, u, v = (scaled(y) - 16) * 255 / 219, (scaled(u) - 128) * 255 / 224, (scaled(v) - 128) * 255 / 224
    return np.clip([y + 1.772 * u, y - 0.344136 * u - 0.714136 * v, y + 1.402 * v], 0, 255)


def split(layout, frame):
    """Y, U and V."""
    y, *chroma = planes(layout, frame)
    return (y, chroma[0][..., 0], chroma[0][..., 1]) if layout == "nv12" else (y, *chroma)


def noise(_layout):
    return np.random.default_rng(1).integers(0, 256, (HEIGHT * 3 // 2, WIDTH), np.uint8)


def smooth(layout):
    """A frame without sharp edges: what scaling chroma to half the size loses is little."""
    frame = np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8)
    down, across = np.mgrid[:HEIGHT, :WIDTH]
    waves = (126, 60, 37), (128, 20, 31), (128, 20, 29)
    for plane, (middle, height, length) in zip(split(layout, frame), waves):
        rows, columns = plane.shape
        plane[:] = middle + height * np.sin(across[:rows, :columns] / length) * np.cos(down[:rows, :columns] / length)
    return frame


def off(tensor, wanted):
    """How many grey levels it is off at most; its padding has to be right."""
    height, width = wanted.shape[1:]
    assert (tensor[:, height:] == PAD).all(), "wrong padding"
    return np.abs(tensor[:, :height, :width] - wanted).max()


def differences(program, directory):
    """Prints them, and returns Luchs' greatest with floats."""
    worst, path, written = 0.0, directory / "frame", directory / "tensor"
    print("\nGrey levels off the float reference, at most: Luchs f32, Luchs u8, OpenCV's ways")
    for picture in noise, smooth:
        for layout in ("i420", "nv12"):
            frame = picture(layout)
            frame.tofile(path)
            luchs = Luchs(program, str(path))
            level = luchs.ask("levels")[-1]
            for fit in ("letterbox", "stretch"):
                ways = Ways(layout, fit, "f32", "kept")
                wanted = reference(layout, frame, ways.width, ways.height)
                ours = []
                for element, kind in ("f32", np.float32), ("u8", np.uint8):
                    luchs.ask("write", layout, level, fit, element, written)
                    ours.append(off(np.fromfile(written, kind).reshape(3, SIDE, SIDE).astype(float), wanted))
                worst = max(worst, ours[0])
                theirs = {name: off(way(frame), wanted) for (name, _), way in ways.all.items()}
                theirs = "".join(f"  {name}: {value:.1f}" for name, value in theirs.items())
                print(f"  {picture.__name__:7}{layout:6}{fit:10}{ours[0]:7.3f}{ours[1]:6.2f}{theirs}")
            luchs.end()
    return worst


def measure(program, directory, place, rounds):
    """Prints a table, and returns the greatest of the ratios that count."""
    source, path = noise("any"), directory / "frame"
    source.tofile(path)
    pool = [source.copy() for _ in range(POOL)]
    luchs = Luchs(program, str(path))
    levels = luchs.ask("levels")
    times, turn = {}, 0

    def opencv(way):
        nonlocal turn
        took = []
        for call in range(CALLS + WARM):
            if place == "written":
                turn = (turn + 1) % POOL
                pool[turn][:] = source
            frame = pool[turn]
            begin = time.perf_counter_ns()
            way(frame)
            took.append(time.perf_counter_ns() - begin)
        return took[WARM:]

    jobs = []
    for layout in ("i420", "nv12"):
        for case in CASES:
            fit, element, padding = case
            for level in levels:
                question = ("time", layout, level, fit, element, padding, place, CALLS)
                jobs.append((layout, case, f"Luchs {level}", lambda question=question: map(int, luchs.ask(*question))))
            for names, way in Ways(layout, *case).all.items():
                jobs.append((layout, case, ", ".join(names), lambda way=way: opencv(way)))
    order = random.Random(3)
    for _ in range(rounds):
        # In another order each time, so that nobody always runs after the same neighbour.
        for layout, case, name, run in order.sample(jobs, len(jobs)):
            times.setdefault((layout, case), {}).setdefault(name, []).extend(run())
    luchs.end()
    worst = 0.0
    print(f"\n{PLACES[place]}: median us (least), over OpenCV's fastest; {rounds} rounds of {CALLS} calls")
    for (layout, case), seen in sorted(times.items(), key=lambda item: (item[0][0], CASES.index(item[0][1]))):
        median = {name: statistics.median(took) / 1e3 for name, took in seen.items()}
        ways = sorted((name for name in median if not name.startswith("Luchs")), key=median.get)
        fastest = median[ways[0]]
        print(f"  {layout} {' '.join(case)}")
        for name in [f"Luchs {level}" for level in levels] + ways[:2] + ways[-1:]:
            print(f"    {name:50}{median[name]:8.0f} ({min(seen[name]) / 1e3:.0f}){median[name] / fastest:8.2f}")
        if case == CASES[0]:
            worst = max(worst, median[f"Luchs {levels[-1]}"] / fastest)
    return worst


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(f"OpenCV {cv2.__version__}, NumPy {np.__version__}; load before: {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        differs = differences(options.program, directory)
        ratio = max(measure(options.program, directory, place, options.rounds) for place in PLACES)
    print(f"\nworst ratio: {ratio:.2f} (bar: {BAR}); at most {differs:.3f} grey levels off (bar: {LEVELS_OFF})")
    sys.exit(bool(ratio > BAR or differs > LEVELS_OFF))


if __name__ == "__main__":
    main()
