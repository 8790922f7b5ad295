#!/usr/bin/env python3
"""Peers of the tabular benchmark: models of scikit-learn and XGBoost at their defaults.

Reads one JSON document from standard input:

  {"task": "classification" | "regression", "seed": 0,
   "columns": [C] of "number" | "category",
   "train": [N][C] of numbers, strings and null, "targets": [N] (classes are 0 .. K-1), "test": [M][C]}

and prints one:

  {"versions": {...}, "failed": {method: reason},
   "answers": {method: {"seconds": of preprocessing, fit and predict,
                        "probabilities": [M][K]  |  "means": [M], "sds": [M]}}}

or {"unavailable": reason}. Categories become columns of 0 and 1, categories that training rows lack are ignored; missing numbers
become the median and missing categories a category; numbers are scaled for methods that need it. Trees that know missing values
get them as they are.

The standard deviations of a regression are those of a Gaussian process; ridge and random forest have none of their own and get
one number, the root mean square of their errors in five-fold cross-validation on the training rows (not timed).
"""

import json
import sys
import time
import warnings

try:
    import numpy as np
    import sklearn
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import (HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier,
                                  RandomForestRegressor)
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
except ImportError as error:
    print(json.dumps({"unavailable": str(error)}))
    sys.exit(0)

try:
    import xgboost
except ImportError:
    xgboost = None


def preprocessing(columns, scaled, imputed):
    numbers = [c for c, kind in enumerate(columns) if kind == "number"]
    categories = [c for c, kind in enumerate(columns) if kind == "category"]
    steps = [SimpleImputer(strategy="median")] if imputed else []
    steps += [StandardScaler()] if scaled else []
    one_hot = make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"),
                            OneHotEncoder(handle_unknown="ignore", sparse_output=False))
    return make_column_transformer((make_pipeline(*steps) if steps else "passthrough", numbers), (one_hot, categories),
                                   sparse_threshold=0)


class AsNumbers:
    """What a column transformer returns of mixed columns has the type object."""

    def fit(self, x, y=None):
        return self

    def transform(self, x):
        return np.asarray(x, dtype=float)


def model(columns, estimator, scaled=False, imputed=True):
    return make_pipeline(preprocessing(columns, scaled, imputed), AsNumbers(), estimator)


def classifiers(columns, seed):
    found = {
        "logistic regression": model(columns, LogisticRegression(), scaled=True),
        "kNN": model(columns, KNeighborsClassifier(), scaled=True),
        "random forest": model(columns, RandomForestClassifier(random_state=seed)),
        "HistGradientBoosting": model(columns, HistGradientBoostingClassifier(random_state=seed), imputed=False),
    }
    if xgboost is not None:
        found["XGBoost"] = model(columns, xgboost.XGBClassifier(random_state=seed), imputed=False)
    return found


def regressors(columns, seed):
    kernel = ConstantKernel(1.0) * RBF(1.0) + WhiteKernel(0.1)
    process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed)
    found = {
        "ridge": model(columns, Ridge(), scaled=True),
        "random forest": model(columns, RandomForestRegressor(random_state=seed)),
        "Gaussian process": model(columns, process, scaled=True),
        "HistGradientBoosting": model(columns, HistGradientBoostingRegressor(random_state=seed), imputed=False),
    }
    if xgboost is not None:
        found["XGBoost"] = model(columns, xgboost.XGBRegressor(random_state=seed), imputed=False)
    return found


def table(rows, columns):
    x = np.empty((len(rows), len(columns)), dtype=object)
    for c, kind in enumerate(columns):
        if kind == "number":
            x[:, c] = [np.nan if row[c] is None else float(row[c]) for row in rows]
        else:
            x[:, c] = [np.nan if row[c] is None else str(row[c]) for row in rows]
    return x


def classify(estimator, _, train, targets, test):
    numClasses = int(targets.max()) + 1
    start = time.perf_counter()
    estimator.fit(train, targets)
    own = estimator.predict_proba(test)
    seconds = time.perf_counter() - start
    probabilities = np.zeros((len(test), numClasses))
    probabilities[:, np.unique(targets)] = own
    return {"seconds": seconds, "probabilities": probabilities.tolist()}


def regress(estimator, request, train, targets, test):
    is_process = isinstance(estimator[-1], GaussianProcessRegressor)
    start = time.perf_counter()
    estimator.fit(train, targets)
    if is_process:
        means, sds = estimator.predict(test, return_std=True)
    else:
        means = estimator.predict(test)
    seconds = time.perf_counter() - start
    if not is_process:
        folds = KFold(5, shuffle=True, random_state=request["seed"])
        errors = cross_val_predict(estimator, train, targets, cv=folds) - targets
        sds = np.full(len(test), max(float(np.sqrt(np.mean(errors**2))), 1e-12))
    return {"seconds": seconds, "means": means.tolist(), "sds": sds.tolist()}


def main():
    # Logistic regression at its default of 100 steps, and kernels at their bounds, warn.
    warnings.simplefilter("ignore")
    request = json.load(sys.stdin)
    columns = request["columns"]
    train, test = table(request["train"], columns), table(request["test"], columns)
    is_classes = request["task"] == "classification"
    targets = np.array(request["targets"], dtype=int if is_classes else float)
    found = (classifiers if is_classes else regressors)(columns, request["seed"])
    answers, failed = {}, {}
    if xgboost is None:
        failed["XGBoost"] = "python3-xgboost is not installed"
    for name, estimator in found.items():
        try:
            answers[name] = (classify if is_classes else regress)(estimator, request, train, targets, test)
        except Exception as error:  # one method that fails must not take the others with it
            failed[name] = f"{type(error).__name__}: {error}".split("\n")[0]
    versions = {"scikit-learn": sklearn.__version__}
    if xgboost is not None:
        versions["XGBoost"] = xgboost.__version__
    print(json.dumps({"versions": versions, "failed": failed, "answers": answers}))


main()
