find . | sort; find tree -type f -name '*.txt' | sort; find tree -size +4k; find . -type d -exec echo dir {} \; | sort
find tree -type f | sort | xargs wc -c; find tree -name b -prune -o -type f -print | sort
mkdir -p n/e/s/t; touch n/e/f; find n -depth | sort -r; rm -rf n; find n 2>/dev/null; echo "status $?"
