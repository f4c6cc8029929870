/* SPDX-License-Identifier: MIT */
/*
 * workerman: event-driven network programs that can be replaced while they
 * run. This header includes all others.
 */
#ifndef WORKERMAN_WORKERMAN_H
#define WORKERMAN_WORKERMAN_H

#include <workerman/app.h>
#include <workerman/channel.h>
#include <workerman/conn.h>
#include <workerman/digest.h>
#include <workerman/event.h>
#include <workerman/http.h>
#include <workerman/log.h>
#include <workerman/protocol.h>
#include <workerman/timer.h>
#include <workerman/websocket.h>
#include <workerman/worker.h>

#endif
