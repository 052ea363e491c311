# A spec of a flow in the plane, on a spiral.
/^side ~/d
/^angle ~/d
/^curve /d
/^# Two half circles/d
s/^data x.*/data x[2] = spiral()/
s/^let span .*/let span   = 1.2/
