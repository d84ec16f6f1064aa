echo hi > f; ln -s f l; ln f h; cat l h; readlink l; ls -l f | cut -c1-10; test -L l && echo link
chmod 640 f; stat -c '%a %s %F' f; mkdir d; mv f d/; cat l; echo "status $?"; mv d/f .; cat l
cp -r tree copy; rm -r copy/a; ls -R copy; touch -d '2020-01-02 03:04:05' f; date -u -r f
mkfifo p; (echo through > p &) ; cat p; rm p; rmdir d; ls; cat nosuch; echo "status $?"
echo -n 12345 > t; truncate -s 3 t; cat t; echo; truncate -s 6 t; od -c t; : > t; wc -c < t
umask 077; echo x > priv; stat -c %a priv; [ -r priv ] && echo readable; cd /; pwd; cd - >/dev/null; pwd
