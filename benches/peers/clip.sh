#!/usr/bin/env bash
# The clip that everybody decodes: clip.sh SOURCE DIRECTORY FRAMES...
# H.264 at 1080p without sound, as cameras send it: main profile, no B-frames, an I-frame every two seconds, 4 Mbit/s; and
# its beginnings of so many FRAMES. Says where they are, one a line. What is there is not made again.
set -euo pipefail
source=$1 directory=$2; shift 2
[ -f "$source" ] || { printf 'bench-peers: CLIP=%s: there is no such file\n' "$source" >&2; exit 2; }
sum=$(sha256sum "$source" | cut -c1-12)
whole="$directory/clip-$sum.mp4"
# A part that was cut off half-way must not count as made.
make() { local file=$1; shift; gst-launch-1.0 -q "$@" ! filesink location="$file.part" >&2 && mv "$file.part" "$file"; }
if [ ! -s "$whole" ]; then
  mkdir -p "$directory"
  make "$whole" filesrc location="$source" ! decodebin ! videoconvert ! videoscale \
    ! video/x-raw,format=I420,width=1920,height=1080,pixel-aspect-ratio=1/1 \
    ! x264enc bitrate=4000 key-int-max=60 bframes=0 speed-preset=medium ! video/x-h264,profile=main ! h264parse ! mp4mux ||
    { printf 'bench-peers: CLIP=%s: GStreamer could not make H.264 of it\n' "$source" >&2; exit 3; }
fi
for frames in "$@"; do
  part="$directory/clip-$sum-$frames.mp4"
  [ -s "$part" ] || make "$part" filesrc location="$whole" ! qtdemux ! h264parse ! identity eos-after=$((frames + 1)) ! mp4mux
  echo "$part"
done
