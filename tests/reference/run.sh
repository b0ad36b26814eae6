#!/usr/bin/env bash
# Luchs beside the field's own scorers, on data that you have:
#   run.sh ASSETS MODEL IMAGES LABELS VIDEO TRUTH      (an empty argument leaves that part out)
set -euo pipefail
assets=$1 model=$2 images=$3 labels=$4 video=$5 truth=$6
here=$(dirname "$0") luchs=target/release/luchs
[ -n "$images$video" ] || { echo 'give IMAGES= and LABELS=, or VIDEO= and TRUTH=' >&2; exit 2; }
python=$assets/reference/bin/python
[ -e "$assets/reference/ready" ] || {
  rm -rf "$assets/reference"; /usr/bin/python3 -m venv "$assets/reference"
  "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$here/requirements.lock"
  touch "$assets/reference/ready"
}
if [ -n "$images" ]; then
  echo 'detection: luchs eval detect, then pycocotools with textbook pre-processing'
  "$luchs" eval detect --model "$model" --images "$images" --labels "$labels" --json | tail -n 1
  "$python" "$here/detect.py" "$model"/*.onnx "$images" "$labels"
fi
if [ -n "$video" ]; then
  out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
  echo 'tracking: py-motmetrics at IoU .5, detections of the model, then the labelled boxes as detections'
  "$luchs" eval track --model "$model" --video "$video" --object-class person --out "$out/tracks.txt"
  "$python" "$here/track.py" "$truth" "$out/tracks.txt"
  "$luchs" eval track --detections "$truth" --out "$out/labelled.txt"
  "$python" "$here/track.py" "$truth" "$out/labelled.txt"
fi
