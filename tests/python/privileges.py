"""Permissions that hold for root too: tests run as root where a container does, and root may read everything."""

import ctypes
import os

PR_CAPBSET_DROP = 24
# CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: to pass over the permissions of files and folders.
CAPABILITIES = (1, 2)
VERSION_3 = 0x20080522


def obey_permissions():
    """Let this process and those that it starts read and write only what the permissions let them. No way back."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in CAPABILITIES:
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
    header = (ctypes.c_uint32 * 2)(VERSION_3, 0)
    # Effective, permitted and inheritable of the first 32 capabilities, then of the others.
    sets = (ctypes.c_uint32 * 6)()
    if libc.capget(header, sets):
        raise OSError(ctypes.get_errno(), "capget")
    for capability in CAPABILITIES:
        for kind in range(3):
            sets[kind] &= ~(1 << capability)
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")
