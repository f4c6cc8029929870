/* SPDX-License-Identifier: MIT */
/*
 * Datagrams: listeners of udp:// and PROTOCOL+udp://, for protocols with
 * WM_P_DATAGRAM.
 *
 * on_message gets each one with a struct wm_conn that lives until the callback
 * returns and stands for this datagram alone: a new id, zeroed state and
 * wm_conn_data(), wm_conn_peer() says who sent it, wm_conn_local() to which
 * address. on_connect and on_close are not called, and after the callback
 * wm_conn_find() knows the id no more. In the callback
 *
 *   wm_conn_send(), wm_conn_send_msg(), wm_conn_write()
 *	answer the sender, from the address that it wrote to: one call, one
 *	datagram. They leave at the end of the loop turn. WM_SENT is no promise:
 *	what the kernel has no room for is lost, as on the network, and counted
 *	in datagrams_dropped. Over 65,507 bytes (IPv6: 65,527): WM_E_TOO_BIG.
 *   wm_conn_close(), wm_conn_destroy()
 *	end the datagram: what it holds beyond this message is not delivered.
 *	There is no farewell. What was sent before leaves.
 *   wm_conn_pause()
 *	drops the rest of it; there is nothing to resume.
 *   wm_conn_set_protocol()
 *	returns WM_E_UNSUPPORTED.
 *
 * A datagram that is empty, cut by the kernel, over limits.message, refused by
 * the protocol or not a whole message of it is dropped and counted in
 * datagrams_dropped. A reload loses none that has reached the machine.
 */
#ifndef WORKERMAN_DATAGRAM_H
#define WORKERMAN_DATAGRAM_H

#include <workerman/conn.h>

WM_BEGIN_DECLS

/*
 * Sends a message, encoded by the protocol of the process's listener number
 * `listener` (of its row, from 0), from that listener's address to `to`:
 * "192.0.2.1:5005", "[2001:db8::1]:5005", as wm_conn_peer() said it. For what
 * is said later than in the callback, or to somebody who never asked.
 *   WM_SENT         it leaves at the end of the loop turn
 *   WM_E_NOT_FOUND  there is no such listener for datagrams, or this process
 *                   has given it up, as it is being replaced
 *   WM_E_INVALID    `to` is no address of the listener's family
 *   other           as wm_conn_send()
 */
WM_API int wm_datagram_send(struct wm_proc *p, unsigned listener,
    const char *to, const void *data, size_t len);

WM_END_DECLS

#endif
