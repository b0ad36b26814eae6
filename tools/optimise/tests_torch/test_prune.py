"""Pruning as a whole. Needs PyTorch: `make test-prune`."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
import torch_pruning
from onnx2torch import convert

from luchs_optimise.__main__ import main
from luchs_optimise.graph import Graph
from luchs_optimise.progress import silent
from luchs_optimise.prune.adam import Adam
from luchs_optimise.prune.channels import Channels
from luchs_optimise.prune.cut import Costs
from luchs_optimise.prune.meaning import Meaning
from luchs_optimise.prune.student import Student, Training, derivatives, parts, train
from luchs_optimise.prune.teacher import Teacher, junctions
from luchs_optimise.sensitivity import Reference
from luchs_optimise.sensitivity.measure import opened, results
from tests.detectors import detector, frames
from tests.graphs import normal


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["luchs-optimise", *map(str, arguments)])
    return main()


def prepared(folder: Path) -> tuple[Path, Path]:
    onnx.save(detector(), folder / "m.onnx")
    return folder / "m.onnx", frames(folder / "frames", 24)


def macs(path: Path) -> float:
    return Costs(Channels(Graph(onnx.load(path)))).of(np.zeros(0, np.int64))


def test_a_narrower_model_reads_like_the_original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, folder = prepared(tmp_path)
    narrow = tmp_path / "out" / "narrow.onnx"
    options = ("--ratio", 0.3, "--steps", 8, "--batch", 2, "--multiple", 2)
    assert call(monkeypatch, "prune", parent, folder, narrow, *options) == 0
    one, other = (ort.InferenceSession(str(path)) for path in (parent, narrow))
    for before, after in zip(
        [*one.get_inputs(), *one.get_outputs()], [*other.get_inputs(), *other.get_outputs()], strict=True
    ):
        assert (before.name, before.shape, before.type) == (after.name, after.shape, after.type)
    assert onnx.load(narrow).opset_import[0].version == 13
    assert macs(narrow) <= 0.7 * macs(parent)
    description = json.loads(narrow.with_suffix(".json").read_text())
    assert description["name"] == "narrow" and description["frames"] == 24
    assert description["recipe"]["macs"] == [macs(parent), macs(narrow)]
    assert set(description["recipe"]["tools"]) == {"torch", "onnx2torch"}
    assert sum(before - after for before, after in description["recipe"]["channels"].values()) > 0


def test_training_leads_back_to_the_original() -> None:
    made = detector()
    graph, channels = Graph(made), Channels(Graph(made))
    for name in ("w1", "w2", "w3"):
        value = graph.constant(name)
        assert value is not None
        graph.set_constant(name, value * (1 + 0.2 * normal(*value.shape, seed=4)))
    pictures, inside = [normal(1, 3, 64, 64, seed=seed) for seed in range(8)], junctions(channels)
    teacher, student = Teacher(made, channels, np.zeros(0, np.int64), inside), Student(graph.finish())
    student.watch(inside)
    reference, meaning = Reference(results(opened(made), pictures)), Meaning(results(opened(made), pictures))
    before = reference.error(results(opened(student.finished()), pictures))
    how = Training(steps=150, batch=2, rate=0.005)
    looked = list(train(student, meaning, teacher.lessons(pictures, 0), how, silent))
    assert reference.error(results(opened(student.finished()), pictures)) < 0.3 * before
    assert len(looked) == 5 and looked[-1] == 150


def test_the_same_frames_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, folder = prepared(tmp_path)
    for name in ("a.onnx", "b.onnx"):
        options = ("--ratio", 0.2, "--steps", 6, "--multiple", 2)
        assert call(monkeypatch, "prune", parent, folder, tmp_path / name, *options) == 0
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_training_ends_when_its_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, folder = prepared(tmp_path)
    options = ("--ratio", 0.2, "--steps", 1_000_000, "--minutes", 0.02, "--multiple", 2)
    assert call(monkeypatch, "prune", parent, folder, tmp_path / "n.onnx", *options) == 0
    training = json.loads((tmp_path / "n.json").read_text())["recipe"]["training"]
    assert 0 < training["errors"][-1][0] < 1_000_000


def test_more_than_there_is_cannot_be_taken_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parent, folder = prepared(tmp_path)
    assert call(monkeypatch, "prune", parent, folder, tmp_path / "n.onnx", "--ratio", 0.99) == 2
    assert "of this model can be taken out" in capsys.readouterr().err
    assert not (tmp_path / "n.onnx").exists()


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    parent, folder = prepared(tmp_path)
    narrow = tmp_path / "out" / "n.onnx"
    options = ["--ratio", "0.2", "--steps", "1000000", "--multiple", "2", "--progress"]
    command = [sys.executable, "-m", "luchs_optimise", "prune", str(parent), str(folder), str(narrow), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            told = json.loads(line)
            if told["step"] == "training" and told["done"] > 0:
                break
        running.send_signal(signal.SIGINT)
        assert running.wait() == 130
    assert not narrow.parent.exists()


def test_pytorch_computes_what_the_runtime_computes() -> None:
    made, x = detector(), normal(1, 3, 64, 64)
    outputs, _ = Student(made).run(x)
    np.testing.assert_allclose(outputs[0].detach().numpy(), results(opened(made), [x])[0][0][0], atol=1e-4)


def test_derivatives_are_those_of_the_outputs() -> None:
    made, x = detector(), normal(1, 3, 64, 64)
    student, meaning = Student(made), Meaning(results(opened(made), [x]))
    torch.manual_seed(3)
    outputs, _ = student.run(x)
    counted = torch.cat(
        [part.flatten() for part in parts(meaning, outputs, meaning.sureness([outputs[0].detach().numpy()]))]
    )
    signs = torch.randint(0, 2, counted.shape) * 2 - 1
    (found,) = derivatives(student, meaning, x, 1, seed=3)
    step, index = 1e-3, (2, 5, 0, 0)
    moved = []
    for side in (step, -step):
        with torch.no_grad():
            student.weights["w3"][index] += side
            values = torch.cat(
                [
                    part.flatten()
                    for part in parts(meaning, student.run(x)[0], meaning.sureness([outputs[0].detach().numpy()]))
                ]
            )
            student.weights["w3"][index] -= side
        moved.append(float((values.double() * signs).sum()))
    assert found["w3"][index] == pytest.approx((moved[0] - moved[1]) / (2 * step), rel=0.05, abs=1e-3)


def test_a_small_channel_moves_by_the_same_part_as_a_large_one() -> None:
    weights = torch.tensor([[1000.0, -1000.0], [1.0, -1.0]], requires_grad=True)
    (weights * torch.tensor([[3.0, -1.0], [0.01, -5.0]])).sum().backward()
    Adam({"w": weights}).step(0.01)
    np.testing.assert_allclose(weights.detach().numpy(), [[990, -990], [0.99, -0.99]], rtol=1e-5)
    assert weights.grad is None


def test_groups_are_those_of_torch_pruning() -> None:
    """Another implementation, which traces what PyTorch runs, finds the same channels together."""
    made = detector()
    module = convert(made, attach_onnx_mapping=True).eval()
    makers = {node.output[0]: node.name for node in made.graph.node}
    names = {part: makers[part.onnx_mapping.outputs[0]] for part in module.modules() if hasattr(part, "onnx_mapping")}
    graph = torch_pruning.DependencyGraph().build_dependency(module, example_inputs=torch.zeros(1, 3, 64, 64))
    channels = Channels(Graph(made))
    weights = {node.name: node.input[1] for node in made.graph.node if node.op_type == "Conv"}
    for group, gone in zip(channels.groups(), ([1, 6], [0, 7, 9]), strict=True):
        root = next(part for part, name in names.items() if name == group.name)
        theirs = set()
        for dependency, indices in graph.get_pruning_group(root, torch_pruning.prune_conv_out_channels, idxs=gone):
            module_, pruned = dependency.target.module, dependency.handler.__name__
            if isinstance(module_, torch.nn.Conv2d):
                theirs.add((names[module_], "in" if "in_channels" in pruned else "out", tuple(sorted(indices))))
        removed = group.channels[gone]
        ours = set()
        for name, weight in weights.items():
            for axis, side in ((0, "out"), (1, "in")):
                numbers = channels.uses.get((weight, axis))
                found = np.flatnonzero(np.isin(numbers, removed)) if numbers is not None else np.zeros(0, np.int64)
                if len(found):
                    ours.add((name, side, tuple(found.tolist())))
        assert ours <= theirs and {entry[0] for entry in theirs} == {entry[0] for entry in ours}
