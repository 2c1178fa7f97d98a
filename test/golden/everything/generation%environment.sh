unset PWD
