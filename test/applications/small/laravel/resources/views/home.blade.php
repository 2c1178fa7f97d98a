LINK
Logged in as {{ $user }}
