tar cf t.tar tree words.txt; tar tf t.tar | sort; mkdir x; tar xf t.tar -C x; diff -r tree x/tree && echo trees same
cmp words.txt x/words.txt && echo file same
tar cf - tree | gzip -c > t.tgz; gunzip -c t.tgz | tar xOf - tree/a/b/two.txt
rm -r x; ls
