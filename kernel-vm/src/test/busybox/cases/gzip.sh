gzip -c words.txt | gunzip -c | cmp - words.txt && echo same
gzip -9 -c text.txt | sha256sum; gzip -1 -c text.txt | wc -c
cp /bin/busybox big; gzip big; ls -l big.gz | awk '{print $5}'; gunzip big.gz; cmp big /bin/busybox && echo big same
bzip2 -c words.txt | sha256sum; bzip2 -c words.txt | bunzip2 -c | cmp - words.txt && echo bz same
