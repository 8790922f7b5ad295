/** `12 %`, `0.3 %`, and what is less than that with a digit: `0.01 %`. */
export const percent = (probability: number): string => {
  const value = 100 * probability;
  return `${Number(value > 0 && value < 0.05 ? value.toPrecision(1) : value.toFixed(1))} %`;
};

/** Four digits, which tell values of any unit apart. */
export const fourDigits = (value: number): string => String(Number(value.toPrecision(4)));

/** A step with all of its digits, but without the noise of binary fractions. */
export const stepText = (step: number): string => String(Number(step.toPrecision(12)));
