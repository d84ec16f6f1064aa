sed -n '1,10p' text.txt; sed 's/page/PAGE/g; /fault/d' text.txt | head -30
sed -e '5q' -e 's/\([a-z]*\) \([a-z]*\)/\2 \1/' text.txt; sed -n '/shadow/{=;p}' text.txt | head -20
sed 's/^/> /;y/abc/ABC/' text.txt | tail -10; sed '$!N;s/\n/ | /' text.txt | head -8
cp text.txt t2; sed -i 's/kernel/KERNEL/' t2; grep -c KERNEL t2
