"""Scores a MOTChallenge result against its ground truth with py-motmetrics at IoU .5: IDF1, MOTA, id switches.

python3 track.py GT.txt RESULT.txt
"""
import json, sys
import motmetrics

truth = motmetrics.io.loadtxt(sys.argv[1], fmt="mot15-2D", min_confidence=1)
result = motmetrics.io.loadtxt(sys.argv[2], fmt="mot15-2D")
compared = motmetrics.utils.compare_to_groundtruth(truth, result, "iou", distth=0.5)
names = ["idf1", "mota", "num_switches", "num_false_positives", "num_misses"]
row = motmetrics.metrics.create().compute(compared, metrics=names).iloc[0]
print(json.dumps({name: float(row[name]) for name in names}))
