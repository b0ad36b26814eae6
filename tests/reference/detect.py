"""What `luchs eval detect` has to equal: YOLOX with textbook pre-processing, scored by pycocotools.

python3 detect.py MODEL.onnx IMAGES LABELS     (images with one YOLO .txt each)
"""
import contextlib, io, json, pathlib, sys
import cv2, numpy, onnxruntime
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

SCORE, IOU = 0.01, 0.65
model, images, labels = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
side = session.get_inputs()[0].shape[2]


def grids():
    cells, strides = [], []
    for stride in (8, 16, 32):
        count = side // stride
        ys, xs = numpy.meshgrid(numpy.arange(count), numpy.arange(count), indexing="ij")
        cells.append(numpy.stack([xs, ys], -1).reshape(-1, 2))
        strides.append(numpy.full((count * count, 1), stride))
    return numpy.concatenate(cells), numpy.concatenate(strides)


CELLS, STRIDES = grids()


def detect(picture):
    ratio = min(side / picture.shape[0], side / picture.shape[1])
    width, height = int(picture.shape[1] * ratio), int(picture.shape[0] * ratio)
    padded = numpy.full((side, side, 3), 114, numpy.uint8)
    padded[:height, :width] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
    tensor = padded.transpose(2, 0, 1)[None].astype(numpy.float32)
    output = session.run(None, {session.get_inputs()[0].name: tensor})[0][0].astype(numpy.float64)
    centre, size = (output[:, :2] + CELLS) * STRIDES, numpy.exp(output[:, 2:4]) * STRIDES
    scores = output[:, 4:5] * output[:, 5:]
    classes, best = scores.argmax(1), scores.max(1)
    boxes = numpy.concatenate([centre - size / 2, size], 1) / ratio
    for label in numpy.unique(classes[best >= SCORE]):
        of_class = numpy.where((classes == label) & (best >= SCORE))[0]
        kept = cv2.dnn.NMSBoxes(boxes[of_class].tolist(), best[of_class].tolist(), SCORE, IOU)
        for index in of_class[numpy.array(kept, int).reshape(-1)]:
            yield int(label), float(best[index]), boxes[index].tolist()


def main():
    truth = {"info": {}, "images": [], "annotations": [], "categories": [{"id": c, "name": str(c)} for c in range(80)]}
    found = []
    for number, path in enumerate(sorted(images.glob("*.jpg")), 1):
        picture = cv2.imread(str(path))
        height, width = picture.shape[:2]
        truth["images"].append({"id": number, "width": width, "height": height})
        text = labels / f"{path.stem}.txt"
        for line in text.read_text().splitlines() if text.exists() else []:
            label, cx, cy, w, h = (float(field) for field in line.split())
            box = [(cx - w / 2) * width, (cy - h / 2) * height, w * width, h * height]
            truth["annotations"].append({"id": len(truth["annotations"]) + 1, "image_id": number, "category_id": int(label),
                                         "bbox": box, "area": box[2] * box[3], "iscrowd": 0})
        found += [{"image_id": number, "category_id": label, "score": score, "bbox": box} for label, score, box in detect(picture)]

    def score(classes=None):
        with contextlib.redirect_stdout(io.StringIO()):
            api = COCO()
            api.dataset = truth
            api.createIndex()
            evaluation = COCOeval(api, api.loadRes(found), "bbox")
            if classes is not None:
                evaluation.params.catIds = classes
            evaluation.evaluate(), evaluation.accumulate(), evaluation.summarize()
        return evaluation.stats

    whole, person = score(), score([0])
    print(json.dumps({"map": whole[0], "ap50": whole[1], "person_ap50": person[1], "images": len(truth["images"])}))


main()
