sha256sum /bin/busybox words.txt text.txt
sha1sum words.txt; md5sum words.txt; sha512sum text.txt
sha256sum words.txt > sums; sha256sum -c sums
