/**
 * SMTP from scratch.
 *
 * For people:
 *
 *     serve      a server: handlers for connect, mail, rcpt and message           server.ts
 *     send       one message to one server, with the fate of each recipient       client.ts
 *     connect    a session for several messages                                   client.ts
 *     maildir    delivery to disk                                                 maildir.ts
 *
 * Without sockets, from bytes to meaning:
 *
 *     grammar, address, parameters, extensions, commands, reply                   words and sentences
 *     data                                                                        the dot codec
 *     parser, writer                                                              bytes to events and back
 *     states, transaction, answers                                                what may come when
 *     machine                                                                     the two ends
 */
