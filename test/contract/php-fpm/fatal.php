<?php
nothere();
