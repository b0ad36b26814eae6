#!/usr/bin/env bash
# Writes a CycloneDX bill of materials into FOLDER for each thing that is shipped, and checks that every component has a
# licence and a package URL. What the programs load at run time besides is pinned in setup/*.lock and setup/debian.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
name=luchs-sbom
trap 'find crates plugins tests benches fuzz -name "$name.json" -delete' EXIT
# It describes every crate of the workspace, beside its manifest.
cargo cyclonedx -qq --format json --spec-version 1.5 --override-filename "$name"
rm -rf "$folder"; mkdir -p "$folder"
for shipped in crates/cli plugins/{inference,analytics,publish,effects}; do
  mv "$shipped/$name.json" "$folder/$(basename "$shipped").cdx.json"
done
python3 - "$folder" <<'EOF'
import json, pathlib, sys
wrong = 0
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    components = json.loads(path.read_text())["components"]
    bad = [c["name"] for c in components if not c.get("licenses") or not c.get("purl")]
    print(f"{path}: {len(components)} components" + (f", without licence or package URL: {', '.join(bad)}" if bad else ""))
    wrong += len(bad) + (not components)
sys.exit(wrong > 0)
EOF
