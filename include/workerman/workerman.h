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
#include <workerman/datagram.h>
#include <workerman/digest.h>
#include <workerman/event.h>
#include <workerman/freeze.h>
#include <workerman/http-events.h>
#include <workerman/http-form.h>
#include <workerman/http-options.h>
#include <workerman/http-request.h>
#include <workerman/http-response.h>
#include <workerman/http-stream.h>
#include <workerman/http.h>
#include <workerman/listen.h>
#include <workerman/log.h>
#include <workerman/metrics.h>
#include <workerman/network.h>
#include <workerman/overflow.h>
#include <workerman/protocol.h>
#include <workerman/tempfile.h>
#include <workerman/timer.h>
#include <workerman/websocket.h>
#include <workerman/worker.h>

#endif
