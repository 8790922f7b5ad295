import type { Predictor } from './predictor.ts';

/** What is created from a predictor, which is disposed of where that throws. */
export async function withPredictor<Model>(
  loading: Promise<Predictor>,
  create: (predictor: Predictor) => Model,
): Promise<Model> {
  const predictor = await loading;
  try {
    return create(predictor);
  } catch (error) {
    await predictor.dispose();
    throw error;
  }
}
