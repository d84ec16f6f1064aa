#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What both sides run, with busybox as the only program of their root: sh /run-case.sh NAME
cd /data && exec /bin/busybox sh "/cases/$1.sh" 2>&1
