// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import java.math.BigInteger;
import java.util.function.IntFunction;

/** Constants of 128 bits: computed exactly when the class is loaded, so that none is a typo. */
final class WideTables {
  /** Bits below the binary point while computing. */
  private static final int SCALE = 160;

  private static final BigInteger ONE = BigInteger.ONE.shiftLeft(SCALE);

  /** sin(x)/x in x^2: 1/(2n+1)!. */
  static final long[] SINE = series(15, n -> factorial(2 * n + 1));

  /** cos(x) in x^2: 1/(2n)!. */
  static final long[] COSINE = series(15, n -> factorial(2 * n));

  /** (e^x - 1)/x in x: 1/(n+1)!. */
  static final long[] EXPONENTIAL = series(28, n -> factorial(n + 1));

  /** atan(x)/x and atanh(x)/x in x^2: 1/(2n+1); enough for |x| below 0.1716 = 3 - sqrt(8). */
  static final long[] ARC_TANGENT = series(22, n -> BigInteger.valueOf(2 * n + 1));

  /** atan(i/16), of 0 to 16. */
  static final Wide[] ARC_TANGENTS = arcTangents();

  /** pi/2. */
  static final Wide HALF_PI = wide(arcTangent(16).shiftLeft(1));

  /** pi. */
  static final Wide PI = wide(arcTangent(16).shiftLeft(2));

  /** ln(2) = 2 atanh(1/3). */
  static final Wide LN_2 = wide(arc(1, 3, false).shiftLeft(1));

  /** 2 log2(e) = 1 / atanh(1/3). */
  static final Wide TWO_LOG2_E = wide(ONE.shiftLeft(SCALE).divide(arc(1, 3, false)));

  private WideTables() {}

  private static long[] series(int terms, IntFunction<BigInteger> divisor) {
    long[] table = new long[2 * terms];
    for (int n = 0; n < terms; n++) {
      BigInteger value = BigInteger.ONE.shiftLeft(127).divide(divisor.apply(n));
      table[2 * n] = value.shiftRight(64).longValue();
      table[2 * n + 1] = value.longValue();
    }
    return table;
  }

  private static BigInteger factorial(int n) {
    BigInteger product = BigInteger.ONE;
    for (int i = 2; i <= n; i++) {
      product = product.multiply(BigInteger.valueOf(i));
    }
    return product;
  }

  /** atan or atanh of a fraction, in units of 2^-SCALE. */
  private static BigInteger arc(int numerator, int denominator, boolean alternate) {
    BigInteger square = BigInteger.valueOf((long) numerator * numerator);
    BigInteger divisor = BigInteger.valueOf((long) denominator * denominator);
    BigInteger power =
        ONE.multiply(BigInteger.valueOf(numerator)).divide(BigInteger.valueOf(denominator));
    BigInteger sum = BigInteger.ZERO;
    for (int n = 0; power.signum() != 0; n++) {
      BigInteger term = power.divide(BigInteger.valueOf(2 * n + 1));
      sum = alternate && (n & 1) != 0 ? sum.subtract(term) : sum.add(term);
      power = power.multiply(square).divide(divisor);
    }
    return sum;
  }

  private static Wide[] arcTangents() {
    Wide[] table = new Wide[17];
    table[0] = new Wide();
    for (int i = 1; i <= 16; i++) {
      table[i] = wide(arcTangent(i));
    }
    return table;
  }

  /** atan(i/16), in units of 2^-SCALE. */
  private static BigInteger arcTangent(int i) {
    BigInteger angle = BigInteger.ZERO;
    for (int n = 1; n <= i; n++) {
      angle = angle.add(step(n));
    }
    return angle;
  }

  /** atan(i/16) - atan((i-1)/16), by the subtraction formula. */
  private static BigInteger step(int i) {
    return arc(16, 256 + i * (i - 1), true);
  }

  private static Wide wide(BigInteger value) {
    int excess = value.bitLength() - 128;
    BigInteger bits = excess > 0 ? value.shiftRight(excess) : value.shiftLeft(-excess);
    return new Wide(
        value.bitLength() - 1 - SCALE, bits.shiftRight(64).longValue(), bits.longValue());
  }
}
