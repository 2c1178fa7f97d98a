<?php
// Answers when the test opens the gate.
stream_get_contents(stream_socket_client('unix:///run/zd/gate.sock'));
echo 'through';
