#!/usr/bin/env python3
"""Gaussian processes whose hyperparameters are fitted by MLE-II (maximum marginal likelihood) in scikit-learn.

Reads one JSON document from standard input, B data sets with N context rows, M query rows and F inputs:

  {"outputScale": s,              standard deviation of the function, fixed
   "lengthScale": [low, high],    bounds of the RBF kernel's length scale
   "noise": [low, high],          bounds of the noise, a standard deviation
   "restarts": 5, "seed": 1,
   "datasets": [{"contextX": [N][F], "contextY": [N], "queryX": [M][F]}, ...]}

and prints one:

  {"version": of scikit-learn,
   "datasets": [{"means": [M], "sds": [M], "seconds": of fit and predict, "lengthScale": l, "noise": s}, ...]}

where means and sds are of the noisy query targets; or {"unavailable": reason} where scikit-learn is not installed.
A fit starts from the middle of the bounds, on the log scale, and from `restarts` more points, log-uniform in them.
"""

import json
import sys
import time
import warnings

try:
    import numpy as np
    import sklearn
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
except ImportError as error:
    print(json.dumps({"unavailable": str(error)}))
    sys.exit(0)


def create_kernel(request):
    low, high = request["lengthScale"]
    noise_low, noise_high = request["noise"]
    amplitude = ConstantKernel(request["outputScale"] ** 2, "fixed")
    # Variances: the levels of WhiteKernel are squares of the noise.
    white = WhiteKernel(noise_low * noise_high, (noise_low**2, noise_high**2))
    return amplitude * RBF((low * high) ** 0.5, (low, high)) + white


def answer(request, dataset):
    names = ("contextX", "contextY", "queryX")
    context_x, context_y, query_x = (np.array(dataset[name], dtype=float) for name in names)
    start = time.perf_counter()
    regressor = GaussianProcessRegressor(create_kernel(request), n_restarts_optimizer=request["restarts"],
                                         normalize_y=False, random_state=request["seed"])
    regressor.fit(context_x, context_y)
    means, sds = regressor.predict(query_x, return_std=True)
    seconds = time.perf_counter() - start
    fitted = regressor.kernel_
    return {
        "means": means.tolist(),
        "sds": sds.tolist(),
        "seconds": seconds,
        "lengthScale": float(fitted.k1.k2.length_scale),
        "noise": float(fitted.k2.noise_level) ** 0.5,
    }


def main():
    # An optimum at a bound is told as a warning; with few rows it is common.
    warnings.simplefilter("ignore", ConvergenceWarning)
    request = json.load(sys.stdin)
    # The first fit of a process loads libraries; none of the timed ones shall pay for it.
    answer(request, request["datasets"][0])
    answers = [answer(request, each) for each in request["datasets"]]
    print(json.dumps({"version": sklearn.__version__, "datasets": answers}))


main()
