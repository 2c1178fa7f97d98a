<?php
error_log('to the log');
echo 'ok';
