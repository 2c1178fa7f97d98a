/**
 * Settings of a service's life (systemd.service(5), systemd.kill(5)), and of where its input and output go: of PHP-FPM's they are no
 * other command's. With Restart= a command would run twice, with ExecStart= it would be another one.
 */
export const OF_LIFE: ReadonlySet<string> = new Set([
  ...[
    'Type',
    'ExitType',
    'RemainAfterExit',
    'GuessMainPID',
    'PIDFile',
    'BusName',
    'NotifyAccess',
    'Sockets',
    'OpenFile',
  ],
  ...[
    'ExecStart',
    'ExecStartPre',
    'ExecStartPost',
    'ExecCondition',
    'ExecReload',
    'ExecReloadPost',
    'ExecStop',
    'ExecStopPost',
  ],
  ...['Restart', 'RestartMode', 'RestartSec', 'RestartSteps', 'RestartMaxDelaySec'],
  ...[
    'RestartPreventExitStatus',
    'RestartForceExitStatus',
    'SuccessExitStatus',
    'RootDirectoryStartOnly',
    'PermissionsStartOnly',
  ],
  ...[
    'TimeoutSec',
    'TimeoutStartSec',
    'TimeoutStopSec',
    'TimeoutAbortSec',
    'TimeoutStartFailureMode',
    'TimeoutStopFailureMode',
  ],
  ...['RuntimeMaxSec', 'RuntimeRandomizedExtraSec', 'WatchdogSec', 'WatchdogSignal', 'OOMPolicy', 'ReloadSignal'],
  ...[
    'FileDescriptorStoreMax',
    'FileDescriptorStorePreserve',
    'NonBlocking',
    'USBFunctionDescriptors',
    'USBFunctionStrings',
  ],
  ...['KillMode', 'KillSignal', 'RestartKillSignal', 'SendSIGHUP', 'SendSIGKILL', 'FinalKillSignal'],
  ...['StartLimitInterval', 'StartLimitBurst', 'StartLimitAction', 'FailureAction', 'RebootArgument'],
  ...['StandardInput', 'StandardOutput', 'StandardError', 'StandardInputText', 'StandardInputData'],
  ...['TTYPath', 'TTYReset', 'TTYVHangup', 'TTYRows', 'TTYColumns', 'TTYVTDisallocate'],
]);
