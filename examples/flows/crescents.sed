# A spec of a flow in the plane, on the two crescents of spline_flow.gen. Data that are drawn cannot stand behind `as`,
# nor be a sample's argument.
/^data x\[2\] = /c\
side ~ uniform(-1, 1)\
angle ~ uniform(0, pi)\
curve = stack(cos(angle) - 0.5, sin(angle) - 0.25)\
data x[2] ~ normal(where(side > 0, curve, -curve), 0.06)
/^sample code/d
s/return v as x/return points(v)/
s/^let span .*/let span   = 2/
