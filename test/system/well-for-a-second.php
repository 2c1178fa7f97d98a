<?php
// Well for a second or two after its first answer, and then no more.
is_file('/tmp/well-since') || touch('/tmp/well-since');
http_response_code(time() - filemtime('/tmp/well-since') > 1 ? 500 : 200);
echo 'well';
