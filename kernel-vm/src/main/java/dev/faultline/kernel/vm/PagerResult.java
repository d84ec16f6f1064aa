// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** What a pager says of one page, or of one request. */
public enum PagerResult {
  /** The data is in the page, or was written. */
  OK,
  /** Outside what the pager is responsible for. */
  BAD,
  /** No data here; a lower object may have it, else it is zero. */
  FAIL,
  /** An asynchronous write runs; its completion finishes the page. */
  PEND,
  /** I/O error. */
  ERROR,
  /** Try again later. */
  AGAIN
}
