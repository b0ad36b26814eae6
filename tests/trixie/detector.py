"""Makes a model for upstream's ssdobjectdetector of a YOLOX one: detector.py YOLOX.onnx SSD.onnx

The network stays as it is. What follows it decodes its boxes, keeps the best of those that overlap, and hands over the
tensors that an SSD model has: boxes, scores, classes and their number. The input takes RGB instead of BGR.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

IDS = {
    "boxes": "Gst.Model.ObjectDetector.Boxes",
    "scores": "Gst.Model.ObjectDetector.Scores",
    "classes": "Gst.Model.ObjectDetector.Classes",
    "number": "Gst.Model.ObjectDetector.NumDetections",
}


def cells(size):
    """Left and upper corner of each cell in cells, and its size in pixels."""
    corners, strides = [], []
    for stride in (8, 16, 32):
        side = size // stride
        y, x = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
        corners.append(np.stack([x, y], -1).reshape(-1, 2))
        strides.append(np.full((side * side, 1), stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(strides).astype(np.float32)


def main(source, target):
    model = onnx.load(source)
    graph = model.graph
    image, raw = graph.input[0], graph.output[0].name
    size = image.type.tensor_type.shape.dim[2].dim_value
    nodes, constants = list(graph.node), []

    def constant(name, value):
        constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    # RGB comes, BGR is wanted: everyone who reads the input reads it turned round.
    for reader in nodes:
        for index, name in enumerate(reader.input):
            if name == image.name:
                reader.input[index] = "bgr"
    nodes.insert(0, helper.make_node("Gather", [image.name, constant("order", np.array([2, 1, 0]))], ["bgr"], axis=1))

    corner, stride = cells(size)
    axes = constant("axis", np.array([2]))

    def columns(first, end, output):
        bounds = [constant(f"{output}-{n}", np.array([v])) for n, v in (("first", first), ("end", end))]
        return node("Slice", [raw, *bounds, axes], output)

    stride = constant("stride", stride)
    centre = node("Mul", [node("Add", [columns(0, 2, "offset"), constant("corner", corner)], "cell"), stride], "centre")
    half = node("Mul", [node("Mul", [node("Exp", [columns(2, 4, "log-size")], "exp"), stride], "pixels"),
                        constant("one-half", np.float32(0.5))], "half")
    # x and y change places: an SSD model's boxes are top, left, bottom, right, as parts of the picture.
    turned = constant("turned", np.array([1, 0]))
    edges = [node("Gather", [node(kind, [centre, half], kind.lower()), turned], f"{kind.lower()}-yx", axis=2)
             for kind in ("Sub", "Add")]
    parts = node("Div", [node("Concat", edges, "edges", axis=2), constant("size", np.float32(size))], "parts")
    confidences = node("Mul", [columns(4, 5, "objectness"), columns(5, 85, "by-class")], "confidences")
    best = node("ReduceMax", [confidences], "best", axes=[2], keepdims=0)
    kind = node("Cast", [node("ArgMax", [confidences], "argmax", axis=2, keepdims=0)], "kind", to=TensorProto.FLOAT)

    last = constant("last", np.array([1]))
    chosen = node("NonMaxSuppression", [parts, node("Unsqueeze", [best], "by-one", axes=[1]),
                                        constant("most", np.array([100])), constant("overlap", np.float32([0.45])),
                                        constant("least", np.float32([0.1]))], "chosen")
    index = node("Gather", [chosen, constant("two", np.array(2))], "index", axis=1)
    # One more that is nothing: a tensor without any element is none to upstream.
    nothing = {"boxes": np.zeros((1, 4), np.float32), "scores": np.zeros(1, np.float32), "classes": np.zeros(1, np.float32)}
    for name, values in (("boxes", parts), ("scores", best), ("classes", kind)):
        flat = node("Squeeze", [values], f"{name}-flat", axes=[0])
        picked = node("Gather", [flat, index], f"{name}-picked", axis=0)
        node("Concat", [picked, constant(f"{name}-nothing", nothing[name])], name, axis=0)
    count = node("Slice", [node("Shape", ["scores"], "shape"), constant("zero", np.array([0])), last], "count")
    node("Cast", [count], "number", to=TensorProto.FLOAT)

    del graph.node[:], graph.output[:]
    graph.node.extend(nodes)
    graph.initializer.extend(constants)
    for name in IDS:
        shape = {"boxes": ["n", 4], "number": [1]}.get(name, ["n"])
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    helper.set_model_props(model, IDS)
    onnx.checker.check_model(model)
    onnx.save(model, target)


main(*sys.argv[1:])
