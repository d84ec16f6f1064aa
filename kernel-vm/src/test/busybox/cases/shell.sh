i=0; s=0
while [ $i -lt 200 ]; do i=$((i+1)); s=$((s+i*i)); done; echo "sum $s"
f() { echo "f got $# args: $*"; return 3; }
f a "b c" d; echo "status $?"
for x in *.txt; do echo "file $x"; done
case abc in a*) echo matched;; *) echo not;; esac
v=$(echo one two | cut -d' ' -f2); echo "${v} ${#v} ${nosuch:-default} ${v%o}"
(cd tree; pwd); pwd
echo a b c | while read p q; do echo "p=$p q=$q"; done
cat <<EOT
here $v
EOT
false || echo or; true && echo and
exec 5>out.tmp; echo five >&5; exec 5>&-; cat out.tmp; rm out.tmp
trap 'echo trapped' EXIT
kill -0 $$ && echo alive
sh -c 'exit 7'; echo "child $?"
sh -c 'kill -9 $$'; echo "killed $?"
echo 1 2 3 | tr ' ' '\n' | (read a; read b; echo "$b then $a")
