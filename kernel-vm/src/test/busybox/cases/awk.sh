awk '{ s += $1; n[$2]++ } END { print s, NR; for (w in n) c++; print c }' words.txt
awk '$4 < 0 { neg++ } $4 >= 0 { pos++ } END { print neg+0, pos+0 }' words.txt
awk 'BEGIN { for (i = 1; i <= 20; i++) { f = 1; for (j = 2; j <= i; j++) f *= j; print i, f % 1000007 } }'
awk '{ print length($0), toupper(substr($2, 1, 3)), NF }' words.txt | head -12
awk -F'\t' '{ t += $2 } END { printf "%.3f %d %5.2e %g\n", t, t, t, t / NR }' numbers.txt
awk 'BEGIN { printf "%d %x %o %c %s|%-8s|%8s\n", 42, 255, 8, 65, "str", "left", "right"; print sqrt(2), exp(1), log(10), sin(1), cos(1), atan2(1, 2), int(-3.7) }'
awk '{ gsub(/a/, "<&>"); print } NR == 5 { exit }' text.txt
