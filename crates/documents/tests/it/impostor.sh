#!/bin/sh
# Stands where the reader should. What it does is the name it is called by.
case ${0##*/} in
    nonsense) echo hello; exec sleep 60 ;;
    end-only) echo '"end"'; exec sleep 60 ;;
    page-first) echo '{"page":{"size":[1,1],"fault":null,"blocks":[]}}'; exec sleep 60 ;;
    foreign-picture) echo '{"opened":{"kind":"picture","title":null,"pages":1}}'
        printf '%s\nGIF89' '{"page":{"size":[0,0],"fault":"noText","blocks":[],"picture":{"size":[2,2],"length":5}}}'; exec sleep 60 ;;
    cut-picture) echo '{"opened":{"kind":"picture","title":null,"pages":1}}'
        echo '{"page":{"size":[0,0],"fault":"noText","blocks":[],"picture":{"size":[2,2],"length":5}}}' ;;
    endless-picture) echo '{"opened":{"kind":"picture","title":null,"pages":1}}'
        echo '{"page":{"size":[0,0],"fault":"noText","blocks":[],"picture":{"size":[2,2],"length":4294967295}}}'; exec sleep 60 ;;
    silent) exit 0 ;;
    failing) exit 3 ;;
    crashing) kill -SEGV $$ ;;
    other-version) echo '{"refused":"version"}' ;;
    waiting) exec sleep 60 ;;
esac
