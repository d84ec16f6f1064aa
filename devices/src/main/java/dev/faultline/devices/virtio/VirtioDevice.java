// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.virtio;

/** A device behind the transport; the transport has checked what the methods are given. */
interface VirtioDevice {
  /** Its number in section 5 of the specification. */
  int id();

  /** The features of this kind of device that it offers, by bit. */
  long features();

  /** Bytes of its configuration space. */
  int configSize();

  /** Reads a byte of its configuration space. */
  int readConfig(int offset);

  /** Writes a byte of its configuration space. */
  void writeConfig(int offset, int value);

  /**
   * The driver is ready.
   *
   * @param negotiated the features that both sides know
   * @param queue its queue, which may not be set up
   */
  void start(long negotiated, SplitQueue queue);

  /** The driver has put something into the queue. */
  void notified();

  /** Forgets the requests under way: the queue has been stopped. */
  void stop();

  /** Forgets everything, requests under way too. */
  void reset();
}
