<?php
http_response_code(201);
header('X-Answer: yes');
echo "$_SERVER[REQUEST_METHOD] $_SERVER[REQUEST_URI] $_SERVER[HTTP_HOST] $_SERVER[HTTP_X_ZD] ", file_get_contents('php://input');
