# Root file systems of Debian to build and try packages in: made once, entered without leaving anything behind.
# For sourcing. What is mounted is mounted in a namespace of its own and is gone with the last process in it.

# The mirror that this computer's apt uses.
MIRROR=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(COMPONENT)' 'Created-By: Packages' |
  awk '$2 == "Debian" && $3 == "main" && $1 !~ /security/ { print $1; exit }')}

# make_rootfs FOLDER SUITE PACKAGES: a minimal Debian with packages; made again when the list changes.
# Further arguments go to mmdebstrap.
make_rootfs() {
  local folder=$1 suite=$2 packages=$3 stamp; shift 3
  stamp=$(echo "$suite $packages $*" | sha256sum | cut -c1-16)
  [ -e "$folder.$stamp" ] && return
  say "Debian $suite in $(basename "$folder")"
  rm -rf "$folder" "$folder".*
  # Its own way of keeping what it downloads is to keep nothing.
  mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" "$@" "$suite" "$folder" "$MIRROR" >"$folder.log" 2>&1 ||
    { tail -n 20 "$folder.log" >&2; rm -rf "$folder"; fail "no Debian $suite could be made"; }
  touch "$folder.$stamp"
}

# inside ROOT [--offline] [--bind FROM:TO | --read-only FROM:TO]… -- COMMAND…: runs a command in a root file system.
inside() {
  local root=$1 binds='' offline=''; shift
  while [ "$1" != -- ]; do
    case $1 in
      --offline) offline=--net; shift ;;
      --bind) binds+="rw:$2"$'\n'; shift 2 ;;
      --read-only) binds+="ro:$2"$'\n'; shift 2 ;;
      *) fail "inside: $1?" ;;
    esac
  done
  shift
  # shellcheck disable=SC2016
  ROOT=$root BINDS=$binds unshare --mount --pid --ipc $offline --fork --kill-child --propagation private bash -euc '
    mount --bind "$ROOT" "$ROOT"
    mount -t proc proc "$ROOT/proc"
    mount --rbind /dev "$ROOT/dev"
    mount -t tmpfs tmpfs "$ROOT/run"
    while IFS=: read -r how from to; do
      [ -n "$how" ] || continue
      if [ -d "$from" ]; then mkdir -p "$ROOT$to"; else [ -e "$ROOT$to" ] || : >"$ROOT$to"; fi
      mount --bind "$from" "$ROOT$to"
      [ "$how" = rw ] || mount -o remount,bind,ro "$ROOT$to"
    done <<<"$BINDS"
    exec chroot "$ROOT" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM="${TERM:-dumb}" \
      DEBIAN_FRONTEND=noninteractive "$@"' inside "$@"
}
