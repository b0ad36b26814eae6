"""Runs Luchs' devices and the stand-alone packages in turn and prints a table. See run.sh."""

import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def last_line(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{' '.join(command)}\n{done.stderr[-800:]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def onnx(model):
    path = pathlib.Path(model)
    return str(path if path.is_file() else next(path.glob("*.onnx")))


def main():
    luchs, rounds, models = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    worst = 0.0
    for model in models:
        alone = [sys.executable, str(HERE / "standalone.py")]
        sides = {
            "ONNX Runtime alone": [*alone, "ort", onnx(model)],
            "Luchs, cpu": [luchs, model, "cpu"],
            "OpenVINO alone": [*alone, "openvino", onnx(model)],
            "Luchs, openvino:CPU": [luchs, model, "openvino:CPU"],
            "Luchs, auto": [luchs, model, "auto"],
        }
        seen = {name: [] for name in sides}
        for _ in range(rounds):
            for name, command in sides.items():
                if seen[name][-1:] != [None]:
                    seen[name].append(last_line(command))
        print(f"\n{pathlib.Path(model).stem}: ms a run (fastest, median), frames/s of two at a time; {rounds} rounds")
        figures = {}
        for name, results in seen.items():
            if None in results:
                print(f"  {name:22}does not run this model")
                continue
            least = min(result["min"] for result in results)
            median = statistics.median(result["median"] for result in results)
            two = statistics.median(result["two"] for result in results)
            figures[name] = (least, median, two)
            print(f"  {name:22}{least:8.2f}{median:8.2f}{two:8.1f}")
        print(f"  {seen['Luchs, auto'][0]['choice']}")
        alone = [figure for name, figure in figures.items() if name.endswith(" alone")]
        ratios = [figures["Luchs, auto"][index] / min(figure[index] for figure in alone) for index in (0, 1)]
        worst = max(worst, ratios[1])
        print(f"  auto over the fastest alone: {ratios[0]:.3f} (fastest runs), {ratios[1]:.3f} (medians)")
    print(f"\nworst of all models, by medians: {worst:.3f} (bar: 1.05)")
    sys.exit(worst > 1.05)


if __name__ == "__main__":
    main()
