// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import java.math.BigInteger;

/**
 * Transcendental functions in fixed point of many bits, by other ways than the unit goes: the
 * oracle of its results. A number {@code n} here stands for {@code n / 2^bits}.
 */
final class ExactFunctions {
  private final int bits;
  private final BigInteger one;

  ExactFunctions(int bits) {
    this.bits = bits;
    one = BigInteger.ONE.shiftLeft(bits);
  }

  BigInteger fixed(ExactValue value) {
    return value.scale() + bits >= 0
        ? value.magnitude().shiftLeft(value.scale() + bits)
        : value.magnitude().shiftRight(-value.scale() - bits);
  }

  private BigInteger times(BigInteger a, BigInteger b) {
    return a.multiply(b).shiftRight(bits);
  }

  private BigInteger over(BigInteger a, BigInteger b) {
    return a.shiftLeft(bits).divide(b);
  }

  private BigInteger squareRoot(BigInteger a) {
    return a.shiftLeft(bits).sqrt();
  }

  /** pi/2 as the hardware reduces by it: pi cut to 66 bits. */
  BigInteger hardwareHalfPi() {
    return new BigInteger("3243F6A8885A308D3", 16).shiftLeft(bits - 65);
  }

  /** sin(x) for x not negative. */
  BigInteger sine(BigInteger x) {
    return sineOfQuadrants(x, 0);
  }

  /** cos(x) for x not negative. */
  BigInteger cosine(BigInteger x) {
    return sineOfQuadrants(x, 1);
  }

  /** sin(x + ahead pi/2), by reduction to within pi/4 of zero. */
  private BigInteger sineOfQuadrants(BigInteger x, int ahead) {
    BigInteger halfPi = hardwareHalfPi();
    BigInteger quadrants = x.add(halfPi.shiftRight(1)).divide(halfPi);
    BigInteger rest = x.subtract(quadrants.multiply(halfPi));
    int quadrant = quadrants.intValue() + ahead;
    BigInteger value = taylor(rest, (quadrant & 1) == 0 ? 1 : 0);
    return (quadrant & 2) == 0 ? value : value.negate();
  }

  BigInteger tangent(BigInteger x) {
    return over(sine(x), cosine(x));
  }

  /** x - x^3/3! + ... from the first power on, 1 - x^2/2! + ... from power 0. */
  private BigInteger taylor(BigInteger x, int first) {
    BigInteger term = first == 0 ? one : x;
    BigInteger sum = BigInteger.ZERO;
    for (int n = first; term.abs().compareTo(BigInteger.ONE) > 0; n += 2) {
      sum = sum.add(term);
      term = times(times(term, x), x).negate().divide(BigInteger.valueOf((n + 1L) * (n + 2L)));
    }
    return sum;
  }

  /** atan(x): halves the angle until the series is short. */
  BigInteger arcTangent(BigInteger x) {
    BigInteger t = x;
    int halvings = 8;
    for (int i = 0; i < halvings; i++) {
      t = over(t, one.add(squareRoot(one.add(times(t, t)))));
    }
    return odd(t, true).shiftLeft(halvings);
  }

  BigInteger pi() {
    return arcTangent(one).shiftLeft(2);
  }

  /** t -+ t^3/3 + t^5/5 ... */
  private BigInteger odd(BigInteger t, boolean alternate) {
    BigInteger power = t;
    BigInteger sum = BigInteger.ZERO;
    BigInteger square = times(t, t);
    for (int n = 1; power.abs().compareTo(BigInteger.ONE) > 0; n += 2) {
      sum = sum.add(power.divide(BigInteger.valueOf(n)));
      power = times(power, square);
      if (alternate) {
        power = power.negate();
      }
    }
    return sum;
  }

  /** ln(x): takes square roots until x is near 1. */
  BigInteger logarithm(BigInteger x) {
    BigInteger root = x;
    int roots = 0;
    while (root.subtract(one).abs().bitLength() > bits - 8) {
      root = squareRoot(root);
      roots++;
    }
    return odd(over(root.subtract(one), root.add(one)), false).shiftLeft(1 + roots);
  }

  BigInteger log2(BigInteger x) {
    return over(logarithm(x), logarithm(one.shiftLeft(1)));
  }

  /** 2^x - 1: the series of the 256th part, squared eight times. */
  BigInteger exponential(BigInteger x) {
    BigInteger z = times(x, logarithm(one.shiftLeft(1))).shiftRight(8);
    BigInteger term = one;
    BigInteger sum = BigInteger.ZERO;
    for (int n = 1; term.abs().compareTo(BigInteger.ONE) > 0; n++) {
      sum = sum.add(term);
      term = times(term, z).divide(BigInteger.valueOf(n));
    }
    for (int i = 0; i < 8; i++) {
      sum = times(sum, sum);
    }
    return sum.subtract(one);
  }

  /** The value as the oracle of rounding takes it: never exact. */
  ExactValue value(BigInteger fixed) {
    return new ExactValue(fixed.signum() < 0 ? 1 : 0, fixed.abs(), -bits, true);
  }
}
