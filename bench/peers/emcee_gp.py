#!/usr/bin/env python3
"""Gaussian processes whose hyperparameters are integrated over by MCMC with emcee (Foreman-Mackey et al., 2013).

Reads one JSON document from standard input, B data sets with N context rows, M query rows and F inputs:

  {"outputScale": s,              standard deviation of the function, fixed
   "lengthScale": [low, high],    range of the RBF kernel's length scale, log-uniform
   "noise": [low, high],          range of the noise, a standard deviation, log-uniform
   "seed": 1, "walkers": W, "burnIn": sweeps, "steps": sweeps that are kept, "thin": every so many of them,
   "datasets": [{"contextX": [N][F], "contextY": [N], "queryX": [M][F], "queryY": [M]}, ...]}

and prints one:

  {"version": of emcee,
   "datasets": [{"logDensities": [M], "cdfs": [M], "seconds": of sampling and predicting}, ...]}

of the noisy query targets under the mean over samples of the Gaussian process that each gives; or {"unavailable": reason} where emcee is not
installed. Walkers start as draws from the prior, and half of them move in one call of the density (vectorize=True).
"""

import json
import sys
import time

try:
    import emcee
    import numpy as np
    from scipy.special import logsumexp, ndtr
except ImportError as error:
    print(json.dumps({"unavailable": str(error)}))
    sys.exit(0)

LOG_2_PI = np.log(2 * np.pi)


def squared_distances(a, b):
    return ((a[:, None, :] - b[None, :, :]) ** 2).sum(-1)


class Posterior:
    """Of (ln length scale, ln noise), W points at a time: [W, 2]."""

    def __init__(self, request, dataset):
        names = ("contextX", "contextY", "queryX", "queryY")
        x, self.y, query_x, self.query_y = (np.array(dataset[name], dtype=float) for name in names)
        self.bounds = np.log([request["lengthScale"], request["noise"]])
        self.variance = request["outputScale"] ** 2
        self.between = squared_distances(x, x)
        self.across = squared_distances(x, query_x)

    def kernel(self, points, distances):
        scales = np.exp(points[:, 0])[:, None, None]
        return self.variance * np.exp(-0.5 * distances / scales**2)

    def factor(self, points):
        covariance = self.kernel(points, self.between)
        diagonal = np.arange(len(self.y))
        covariance[:, diagonal, diagonal] += np.exp(2 * points[:, 1])[:, None]
        return np.linalg.cholesky(covariance)

    def log_density(self, points):
        low, high = self.bounds.T
        result = np.full(len(points), -np.inf)
        inside = ((points >= low) & (points <= high)).all(1)
        if inside.any():
            factors = self.factor(points[inside])
            whitened = np.linalg.solve(factors, np.broadcast_to(self.y[:, None], (len(factors), len(self.y), 1)))
            log_determinants = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(1)
            result[inside] = -log_determinants - 0.5 * (whitened**2).sum((1, 2))
        return result

    def predict(self, points):
        """Log density [M] and distribution function [M] of the query targets, the mean over the points."""
        factors = self.factor(points)
        right = np.concatenate(
            [self.kernel(points, self.across), np.broadcast_to(self.y[:, None], (len(points), len(self.y), 1))], axis=2
        )
        whitened = np.linalg.solve(factors, right)  # [W, N, M + 1]
        across, y = whitened[:, :, :-1], whitened[:, :, -1:]
        means = (across * y).sum(1)
        variances = self.variance + np.exp(2 * points[:, 1])[:, None] - (across**2).sum(1)
        z = (self.query_y - means) / np.sqrt(variances)
        logs = -0.5 * (z**2 + np.log(variances) + LOG_2_PI)
        return logsumexp(logs, axis=0) - np.log(len(points)), ndtr(z).mean(0)


def answer(request, dataset):
    start = time.perf_counter()
    posterior = Posterior(request, dataset)
    low, high = posterior.bounds.T
    walkers = request["walkers"]
    points = low + (high - low) * np.random.random_sample((walkers, 2))
    sampler = emcee.EnsembleSampler(walkers, 2, posterior.log_density, vectorize=True)
    points = sampler.run_mcmc(points, request["burnIn"]).coords
    sampler.reset()
    sampler.run_mcmc(points, request["steps"])
    log_densities, cdfs = posterior.predict(sampler.get_chain(thin=request["thin"], flat=True))
    seconds = time.perf_counter() - start
    return {"logDensities": log_densities.tolist(), "cdfs": cdfs.tolist(), "seconds": seconds}


def main():
    request = json.load(sys.stdin)
    # The first run of a process loads libraries; none of the timed ones shall pay for it.
    answer(request, request["datasets"][0])
    np.random.seed(request["seed"])  # emcee draws from numpy's global state
    answers = [answer(request, each) for each in request["datasets"]]
    print(json.dumps({"version": emcee.__version__, "datasets": answers}))


main()
