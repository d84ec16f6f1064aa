grep -n collapse text.txt | head; grep -vc page text.txt; grep -io 'shadow [a-z]*' text.txt | head -5; grep -E '^(Page|Swap)' text.txt
wc words.txt text.txt; head -3 words.txt; tail -n 3 words.txt; tail -c 40 text.txt; cut -c1-10 text.txt | head -4
tr a-z A-Z < text.txt | head -2; rev text.txt | head -3; od -A x -t x1 words.txt | head -5; hexdump -C text.txt | head -3
seq 1 3 30 | paste -s -d, ; expr 17 \* 23 + 4; printf '%s=%05d\n' a 42 b 7; fold -w 20 text.txt | head -4; nl text.txt | head -3
tac words.txt | head -2; diff words.txt text.txt | head -5; dd if=words.txt bs=512 skip=3 count=2 2>/dev/null | md5sum
factor 1234567890 97; seq 10 | shuf -n 10 | sort -n | tr '\n' ' '; echo; base64 tree/a/b/two.txt; strings /bin/busybox | wc -l
echo '2 3 + p' | dc; echo 'scale=10; 22/7; 2^64' | bc
