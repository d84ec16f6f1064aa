sort words.txt | head -20; sort -n words.txt | head -20; sort -k2,2 -k1,1nr words.txt | head -30
sort -u -k2,2 words.txt; sort -rn numbers.txt | tail -15; sort -k2 -g numbers.txt | head -15
cut -d' ' -f2 words.txt | sort | uniq -c | sort -rn
