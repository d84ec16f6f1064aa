// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import org.jspecify.annotations.Nullable;

/**
 * A value, or the reason why there is none.
 *
 * @param <T> what success yields
 */
public final class Result<T> {
  private final @Nullable T value;
  private final int error;

  private Result(@Nullable T value, int error) {
    this.value = value;
    this.error = error;
  }

  /** Success. */
  public static <T> Result<T> of(T value) {
    return new Result<>(value, 0);
  }

  /**
   * Failure.
   *
   * @param error a number of {@link Errno}, negated or not
   */
  public static <T> Result<T> failure(int error) {
    return new Result<>(null, error < 0 ? error : -error);
  }

  /** True if there is a value. */
  public boolean isOk() {
    return error == 0;
  }

  /** 0, or the negated error number. */
  public int error() {
    return error;
  }

  /**
   * The value.
   *
   * @throws IllegalStateException if there is none; ask {@link #isOk} first
   */
  public T value() {
    T v = value;
    if (v == null) {
      throw new IllegalStateException("no value: errno " + -error);
    }
    return v;
  }

  /** The value, or null after a failure. */
  public @Nullable T orNull() {
    return value;
  }

  @Override
  public String toString() {
    return error == 0 ? String.valueOf(value) : "errno " + -error;
  }
}
