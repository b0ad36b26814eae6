"""What the peers need to know of a model: prepare.py MODEL.onnx DIRECTORY

Copies the model into DIRECTORY as model.onnx, writes the side file that onnxinference wants (model.onnx.modelinfo) and
model.json, from which loop.py knows what to feed and how to read the outputs.
"""
import json, pathlib, shutil, sys
import onnx

TYPES = {onnx.TensorProto.FLOAT: "float32", onnx.TensorProto.UINT8: "uint8", onnx.TensorProto.INT32: "int32"}


def shape(value):
    return [d.dim_value or -1 for d in value.type.tensor_type.shape.dim]


def kind(value):
    number = value.type.tensor_type.elem_type
    if number not in TYPES:
        sys.exit(f"bench-peers: {value.name} is of type {onnx.TensorProto.DataType.Name(number)}, which onnxinference cannot take")
    return TYPES[number]


def look(outputs, width, height):
    """Family, order of the channels, mean and std, as the models' own configurations have them."""
    cells = [(width // s) * (height // s) for s in (8, 16, 32)]
    shapes = sorted(shape(output) for output in outputs)
    if len(shapes) == 6 and sorted({s[1] for s in shapes}) == sorted(cells):
        return "nanodet", "BGR", [103.53, 116.28, 123.675], [57.375, 57.12, 58.395]
    if len(shapes) == 1 and shapes[0][1:] == [sum(cells), 85]:
        return "yolox", "BGR", [0.0] * 3, [1.0] * 3
    # Its outputs are not decoded by anyone but Luchs, and what the pixels are does not change the work.
    return "unknown", "RGB", [0.0] * 3, [255.0] * 3


def modelinfo(source, outputs, mean, std):
    """https://gstreamer.freedesktop.org/documentation/analytics/modelinfo.html"""
    ranges = ";".join(f"{(0 - m) / s:.6f},{(255 - m) / s:.6f}" for m, s in zip(mean, std))
    lines = ["[modelinfo]", "version=1.0", "group-id=bench", "", f"[{source.name}]", "dir=input", f"type={kind(source)}",
             "dims=" + ",".join(map(str, shape(source))), f"ranges={ranges}"]
    for number, output in enumerate(outputs):
        lines += ["", f"[{output.name}]", "dir=output", f"type={kind(output)}", "dims=" + ",".join(map(str, shape(output))),
                  f"id=bench-{number}", "dims-order=row-major"]
    return "\n".join(lines) + "\n"


def main():
    path, directory = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    graph = onnx.load(path).graph
    weights = {weight.name for weight in graph.initializer}
    source = next(value for value in graph.input if value.name not in weights)
    _, channels, height, width = (shape(source) + [-1] * 4)[:4]
    if channels != 3 or min(width, height) < 1:
        sys.exit(f"bench-peers: {path}: the input {source.name} is {shape(source)}; a fixed [1, 3, height, width] is needed")
    family, order, mean, std = look(graph.output, width, height)
    directory.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, directory / "model.onnx")
    (directory / "model.onnx.modelinfo").write_text(modelinfo(source, graph.output, mean, std))
    described = {"family": family, "order": order, "mean": mean, "std": std, "width": width, "height": height,
                 "name": path.stem, "outputs": [output.name for output in graph.output]}
    (directory / "model.json").write_text(json.dumps(described, indent=1) + "\n")


main()
